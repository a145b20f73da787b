/** Owns a model of this machine for tests, which speaks the Responses API over HTTP and says what a test wrote down. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ModelProvider } from '../config/agent-config.ts'
import type { ResponseItem } from '../threads/rollout-line.ts'

/** What was asked, as it came. */
export interface Asked {
  readonly url: string
  /** Port of the connection. */
  readonly peer: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: {
    readonly model: string
    readonly instructions: string
    readonly input: readonly ResponseItem[]
    readonly tools: readonly Readonly<Record<string, unknown>>[]
  } & Readonly<Record<string, unknown>>
}

export type Event = { readonly type: string } & Readonly<Record<string, unknown>>
/** Events of one answer, or something else to do with the request. */
export type Answer = readonly Event[] | ((response: ServerResponse, asked: Asked) => void | Promise<void>)

export interface FakeModel {
  readonly url: string
  readonly asked: readonly Asked[]
  provider(over?: Partial<ModelProvider>): ModelProvider
  /** Resolves when every request so far is answered whole, or was left. */
  idle(): Promise<void>
  close(): Promise<void>
}

/** Answers in the order they are given; `next` answers for all when it is a function. */
export const openFakeModel = async (
  script: readonly Answer[] | ((asked: Asked, count: number) => Answer | Promise<Answer>),
): Promise<FakeModel> => {
  const asked: Asked[] = []
  const running: Promise<void>[] = []
  const next = (one: Asked): Answer | Promise<Answer> =>
    typeof script === 'function' ? script(one, asked.length) : (script[asked.length - 1] ?? says('Done.'))
  const http = createServer((request, response) => {
    const over = new Promise<void>((done) => response.once('close', done))
    running.push(over)
    void read(request).then(async (text) => {
      const one = {
        url: request.url ?? '',
        peer: String(request.socket.remotePort),
        headers: request.headers,
        body: JSON.parse(text || '{}'),
      } as Asked
      asked.push(one)
      const answer = await next(one)
      if (typeof answer === 'function') return answer(response, one)
      stream(response)
      return response.end(answer.map(eventText).join(''))
    })
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`
  return {
    url,
    asked,
    provider: (over = {}) => ({ ...PROVIDER, baseUrl: url, ...over }),
    idle: async () => {
      await Promise.all(running)
    },
    close: async () => {
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
    },
  }
}

const PROVIDER: Omit<ModelProvider, 'baseUrl'> = {
  ...{ id: 'fake', name: 'Fake', envKey: undefined, headers: {}, queryParams: {} },
  ...{ requestMaxRetries: 0, streamMaxRetries: 0, streamIdleTimeoutMs: 20_000 },
}

const read = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

export const stream = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { 'content-type': 'text/event-stream' })

export const eventText = (event: Event): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

export const usage = (input = 10, output = 5) => ({
  ...{ input_tokens: input, input_tokens_details: { cached_tokens: 2 }, output_tokens: output },
  ...{ output_tokens_details: { reasoning_tokens: 1 }, total_tokens: input + output },
})

export const completed = (tokens = usage()): Event => ({
  type: 'response.completed',
  response: { id: 'resp_1', usage: tokens },
})

export const message = (text: string, id = 'msg_1'): ResponseItem => ({
  ...{ type: 'message', id, role: 'assistant', status: 'completed' },
  content: [{ type: 'output_text', text, annotations: [] }],
})

/** A message in deltas. */
export const saying = (parts: readonly string[], id = 'msg_1'): readonly Event[] => [
  { type: 'response.output_item.added', output_index: 0, item: { ...message('', id), content: [] } },
  ...parts.map((delta) => ({
    type: 'response.output_text.delta',
    item_id: id,
    output_index: 0,
    content_index: 0,
    delta,
  })),
  { type: 'response.output_item.done', output_index: 0, item: message(parts.join(''), id) },
]

/** A whole answer that is a message. */
export const says = (...parts: readonly string[]): readonly Event[] => [
  { type: 'response.created', response: { id: 'resp_1' } },
  ...saying(parts),
  completed(),
]

export const functionCall = (name: string, args: unknown, callId: string): ResponseItem => ({
  ...{ type: 'function_call', id: `fc_${callId}`, call_id: callId, name, status: 'completed' },
  arguments: typeof args === 'string' ? args : JSON.stringify(args),
})

export const customCall = (name: string, input: string, callId: string): ResponseItem => ({
  ...{ type: 'custom_tool_call', id: `ctc_${callId}`, call_id: callId, name, input, status: 'completed' },
})

/** A whole answer that is calls of tools. */
export const calls = (...items: readonly ResponseItem[]): readonly Event[] => [
  { type: 'response.created', response: { id: 'resp_1' } },
  ...items.map((item, output_index) => ({ type: 'response.output_item.done', output_index, item })),
  completed(),
]
