/** A model that streams as many short deltas as it is asked for: `deltas=N bytes=M` in the last thing that a person said. */
import { createServer } from 'node:http'

const USAGE = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 10,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 20,
}

const server = createServer((request, response) => {
  let body = ''
  request.on('data', (part) => (body += part))
  request.on('end', () => void answer(JSON.parse(body || '{}'), response))
})
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })))

async function answer({ input = [] }, response) {
  const said = JSON.stringify(input.filter(({ role }) => role === 'user').at(-1) ?? '')
  const [, deltas = 1, bytes = 20] = /deltas=(\d+) bytes=(\d+)/.exec(said) ?? []
  const delta = 'x'.repeat(Number(bytes))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const tell = (event) => response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  tell({ type: 'response.created', response: { id: 'r' } })
  const item = { type: 'message', id: 'm', role: 'assistant', content: [] }
  tell({ type: 'response.output_item.added', output_index: 0, item })
  const one = { type: 'response.output_text.delta', item_id: 'm', output_index: 0, content_index: 0, delta }
  for (let n = 0; n < Number(deltas); n += 1)
    if (!tell(one)) await new Promise((resolve) => response.once('drain', resolve))
  const content = [{ type: 'output_text', text: delta.repeat(Number(deltas)) }]
  tell({ type: 'response.output_item.done', output_index: 0, item: { ...item, content } })
  tell({ type: 'response.completed', response: { id: 'r', usage: USAGE } })
  response.end()
}
