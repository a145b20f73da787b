/** Owns a model of this machine (OpenAI's Responses API) that says what the test scripts, and may be made to wait. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Item {
  readonly type: string
  readonly role?: string
  readonly output?: unknown
  readonly content?: readonly { readonly text?: string }[]
}

export interface Asked {
  /** What the person said last. */
  readonly prompt: string
  /** What the tools of this turn answered so far. */
  readonly outputs: readonly string[]
  readonly body: Readonly<Record<string, unknown>>
}

/** Pieces of what it says, or a call of a tool. */
export type Said = AsyncIterable<string> | readonly string[] | { readonly call: string; readonly args: object }

export interface Model extends AsyncDisposable {
  /** For config.toml. */
  readonly settings: string
  readonly asked: Asked[]
}

const USAGE = {
  ...{ input_tokens: 10, input_tokens_details: { cached_tokens: 0 } },
  ...{ output_tokens: 5, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 15 },
}

export const openModel = async (answer: (asked: Asked) => Said): Promise<Model> => {
  const asked: Asked[] = []
  const http = createServer((request, response) => {
    void (async () => {
      const body = JSON.parse(await textOf(request)) as { readonly input?: readonly Item[] }
      const now = { ...readAsked(body.input ?? []), body }
      asked.push(now)
      const id = asked.length
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      let sequence_number = 0
      const tell = (event: { readonly type: string }): void => {
        sequence_number += 1
        response.write(`event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number })}\n\n`)
      }
      tell({ type: 'response.created', response: { id: `resp_${id}` } } as { type: string })
      await say(answer(now), id, tell)
      tell({ type: 'response.completed', response: { id: `resp_${id}`, usage: USAGE } } as { type: string })
      response.end()
    })()
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  return {
    asked,
    settings: settingsFor(`http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`),
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
    },
  }
}

const say = async (said: Said, id: number, tell: (event: { readonly type: string }) => void): Promise<void> => {
  const done = (item: object): void =>
    tell({ type: 'response.output_item.done', output_index: 0, item } as { type: string })
  if ('call' in said) {
    const { call: name, args } = said
    return done({ type: 'function_call', id: `fc_${id}`, call_id: `call_${id}`, name, arguments: JSON.stringify(args) })
  }
  const item = { type: 'message', id: `msg_${id}`, role: 'assistant' }
  tell({ type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } } as { type: string })
  let text = ''
  for await (const delta of said) {
    text += delta
    tell({ type: 'response.output_text.delta', item_id: item.id, output_index: 0, content_index: 0, delta } as {
      type: string
    })
  }
  done({ ...item, content: [{ type: 'output_text', text, annotations: [] }] })
}

const readAsked = (input: readonly Item[]): Omit<Asked, 'body'> => {
  const last = input.findLastIndex(
    ({ type, role, content }) => type === 'message' && role === 'user' && !content?.[0]?.text?.startsWith('<'),
  )
  return {
    prompt: input[last]?.content?.map(({ text }) => text ?? '').join('') ?? '',
    outputs: input
      .slice(last + 1)
      .filter(({ type }) => type.endsWith('_output'))
      .map(({ output }) => (typeof output === 'string' ? output : JSON.stringify(output))),
  }
}

const textOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

const settingsFor = (url: string): string => `
model = "scripted"
model_provider = "scripted"
[model_providers.scripted]
name = "scripted"
base_url = "${url}"
wire_api = "responses"
requires_openai_auth = false
request_max_retries = 1
stream_max_retries = 1
`
