/** Owns a model of this machine that calls one tool and then is done: as much of the Messages API as Claude Code needs. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Model {
  readonly url: string
  /** What the tool answered, as the model was told; empty until then. */
  answer(): string
  close(): Promise<void>
}

/** A part of a message, as far as it looks. */
interface Block {
  readonly type?: string
  readonly content?: string
}

interface Asked {
  readonly messages: readonly { readonly content: string | readonly Block[] }[]
}

export const openModel = async (tool: string): Promise<Model> => {
  let answered = ''
  const http = createServer((request, response) => {
    void read(request).then(({ messages }) => {
      const result = resultIn(messages)
      answered = result ?? ''
      const events = (result === undefined ? calling(tool) : DONE).map(
        (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
      )
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(events.join(''))
    })
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    answer: () => answered,
    close: async () => {
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
    },
  }
}

const read = async (request: IncomingMessage): Promise<Asked> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString() || '{"messages":[]}') as Asked
}

const resultIn = (messages: Asked['messages']): string | undefined =>
  messages
    .flatMap(({ content }) => (typeof content === 'string' ? [] : content))
    .find(({ type }) => type === 'tool_result')?.content

const USAGE = { input_tokens: 1, output_tokens: 1 }

/** A whole message of one block. */
const message = (block: object, delta: object, stop_reason: string) => [
  {
    type: 'message_start',
    message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'none', content: [], usage: USAGE },
  },
  { type: 'content_block_start', index: 0, content_block: block },
  { type: 'content_block_delta', index: 0, delta },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason }, usage: USAGE },
  { type: 'message_stop' },
]

const calling = (name: string) =>
  message(
    { type: 'tool_use', id: 'toolu_1', name, input: {} },
    { type: 'input_json_delta', partial_json: '{}' },
    'tool_use',
  )

const DONE = message({ type: 'text', text: '' }, { type: 'text_delta', text: 'Done.' }, 'end_turn')
