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

export interface ResponsesModel {
  /** Settings of Codex that have it ask this model. */
  readonly settings: string
  close(): Promise<void>
}

/** `next` answers which tools are called at once; with none the model says that it is done. `count` is of requests, from 1. */
export const openResponsesModel = async (
  next: (asked: Asked, count: number) => readonly Call[] | Promise<readonly Call[]>,
): Promise<ResponsesModel> => {
  let count = 0
  const http = createServer((request, response) => {
    void read(request).then(async (asked) => {
      if (!request.url?.endsWith('/responses')) return response.writeHead(404).end('{}')
      const id = ++count
      const calls = await next(asked, id)
      const items =
        calls.length > 0 ? calls.map((call, index) => calling(call, `${id}_${index}`)) : [saying('Done.', id)]
      const events = [
        { type: 'response.created', response: { id: `resp_${id}` } },
        ...items.map((item, output_index) => ({ type: 'response.output_item.done', output_index, item })),
        { type: 'response.completed', response: { id: `resp_${id}`, usage: USAGE } },
      ]
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      return response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''))
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
  ...{ input_tokens: 1, input_tokens_details: { cached_tokens: 0 }, output_tokens: 1, total_tokens: 2 },
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
