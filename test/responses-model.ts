/** Owns a model of this machine that speaks as much of the Responses API as Codex needs; what it says is up to whoever opens it. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Item {
  readonly type: string
  readonly role?: string
  readonly output?: unknown
  readonly content?: readonly { readonly text?: string }[]
}

interface Offered {
  readonly type: string
  readonly name?: string
  readonly tools?: readonly Offered[]
}

/** What Codex asks of a model. */
export interface Asked {
  readonly input?: readonly Item[]
  readonly tools?: readonly Offered[]
}

/** A call of a tool, with JSON for arguments. */
export interface Call {
  readonly name: string
  readonly namespace?: string
  readonly args: object
}

/** What the model says, in pieces as they come. */
export type Speech = AsyncIterable<string>

export interface ResponsesModel {
  /** Settings of Codex that have it ask this model. */
  readonly settings: string
  close(): Promise<void>
}

type Turn = readonly Call[] | Speech

/**
 * `next` answers which tools are called at once, or what is said; with no tools the model says that it is done. `count` is of
 * requests, from 1.
 */
export const openResponsesModel = async (
  next: (asked: Asked, count: number) => Turn | Promise<Turn>,
): Promise<ResponsesModel> => {
  let count = 0
  const http = createServer((request, response) => {
    void read(request).then(async (asked) => {
      if (!request.url?.endsWith('/responses')) return response.writeHead(404).end('{}')
      const id = ++count
      const turn = await next(asked, id)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for await (const event of eventsOf(turn, id))
        response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
      return response.end()
    })
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  return {
    settings: settingsFor(`http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`),
    close: async () => {
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
    },
  }
}

async function* eventsOf(turn: Turn, id: number): AsyncGenerator<{ readonly type: string }> {
  const response = { id: `resp_${id}` }
  yield { type: 'response.created', ...{ response } }
  if (Symbol.asyncIterator in turn) yield* spoken(turn, id)
  else {
    const items = turn.map((call, index) => calling(call, `${id}_${index}`))
    for (const [output_index, item] of (items.length > 0 ? items : [saying('Done.', id)]).entries())
      yield { type: 'response.output_item.done', ...{ output_index, item } }
  }
  yield { type: 'response.completed', ...{ response: { ...response, usage: USAGE } } }
}

async function* spoken(speech: Speech, id: number): AsyncGenerator<{ readonly type: string }> {
  const place = { output_index: 0, content_index: 0, item_id: `msg_${id}` }
  const item = { ...saying('', id), status: 'in_progress', content: [] }
  yield { type: 'response.output_item.added', ...{ output_index: 0, item } }
  let text = ''
  for await (const delta of speech) {
    text += delta
    yield { type: 'response.output_text.delta', ...place, ...{ delta } }
  }
  yield { type: 'response.output_item.done', ...{ output_index: 0, item: saying(text, id) } }
}

const settingsFor = (url: string): string => `
model = "scripted"
model_provider = "scripted"
check_for_update_on_startup = false
[model_providers.scripted]
name = "scripted"
base_url = "${url}"
wire_api = "responses"
requires_openai_auth = false
supports_websockets = false
request_max_retries = 1
stream_max_retries = 1
[analytics]
enabled = false
`

const USAGE = {
  ...{ input_tokens: 10, input_tokens_details: { cached_tokens: 0 }, output_tokens: 3, total_tokens: 13 },
  output_tokens_details: { reasoning_tokens: 0 },
}

const read = async (request: IncomingMessage): Promise<Asked> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString() || '{}') as Asked
}

const calling = ({ args, ...tool }: Call, id: string) => ({
  ...{ type: 'function_call', id: `fc_${id}`, call_id: `call_${id}`, status: 'completed' },
  ...{ ...tool, arguments: JSON.stringify(args) },
})

const saying = (text: string, id: number) => ({
  ...{ type: 'message', id: `msg_${id}`, role: 'assistant', status: 'completed' },
  content: [{ type: 'output_text', text, annotations: [] }],
})

/** What a tool answered: Codex hands on text, or parts of it. */
export const textOf = (output: unknown): string =>
  Array.isArray(output) ? output.map(({ text = '' }: { text?: string }) => text).join('') : String(output)

/** Names of all tools that the model is offered, with their namespaces. */
export const offeredBy = ({ tools = [] }: Asked): readonly string[] =>
  tools.flatMap(({ type, name = '', tools: inside = [] }) =>
    type === 'namespace' ? inside.map((tool) => `${name}.${tool.name}`) : [name],
  )
