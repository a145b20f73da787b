/** Owns a model of this machine that runs commands by a script: as much of the Responses API as Codex needs. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A round of the model: these commands at once. */
export type Round = readonly Readonly<Record<string, unknown>>[]

export interface CommandModel {
  /** Settings of Codex that have it ask this model. */
  readonly settings: string
  /** What Codex told of the commands, in their order. */
  outputs(): readonly string[]
  /** What Codex said of the place it is in. */
  context(): string
  close(): Promise<void>
}

interface Item {
  readonly type: string
  readonly role?: string
  readonly output?: unknown
  readonly content?: readonly { readonly text?: string }[]
}

const USAGE = {
  ...{ input_tokens: 1, input_tokens_details: { cached_tokens: 0 }, output_tokens: 1, total_tokens: 2 },
  output_tokens_details: { reasoning_tokens: 0 },
}

/** Takes one round after the other, then says that it is done. `began` hears of each before Codex does. */
export const openCommandModel = async (
  rounds: readonly Round[],
  began?: (round: number) => void,
): Promise<CommandModel> => {
  let outputs: readonly string[] = []
  let context = ''
  let asked = 0
  const http = createServer((request, response) => {
    void read(request).then(({ input = [] }) => {
      if (!request.url?.endsWith('/responses')) return response.writeHead(404).end('{}')
      outputs = input.filter(({ type }) => type.endsWith('_output')).map(({ output }) => textOf(output))
      context = input.flatMap(({ content = [] }) => content.map(({ text = '' }) => text)).join('\n')
      const round = rounds[asked++]
      began?.(asked)
      const items = round ? round.map((args, index) => calling(args, `${asked}_${index}`)) : [saying('Done.')]
      const events = [
        { type: 'response.created', response: { id: `resp_${asked}` } },
        ...items.map((item, output_index) => ({ type: 'response.output_item.done', output_index, item })),
        { type: 'response.completed', response: { id: `resp_${asked}`, usage: USAGE } },
      ]
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      return response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''))
    })
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  return {
    settings: settingsFor(`http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`),
    outputs: () => outputs,
    context: () => context,
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

const read = async (request: IncomingMessage): Promise<{ readonly input?: readonly Item[] }> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString() || '{}') as { readonly input?: readonly Item[] }
}

const calling = (args: object, id: string) => ({
  ...{ type: 'function_call', id: `fc_${id}`, call_id: `call_${id}`, status: 'completed' },
  ...{ name: 'exec_command', arguments: JSON.stringify(args) },
})

const saying = (text: string) => ({
  ...{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed' },
  content: [{ type: 'output_text', text, annotations: [] }],
})

const textOf = (output: unknown): string =>
  Array.isArray(output) ? output.map(({ text = '' }: { text?: string }) => text).join('') : String(output)
