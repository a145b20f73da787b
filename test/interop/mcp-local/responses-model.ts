/** Owns a model of this machine that calls tools by a script: as much of the Responses API as Codex needs. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A call of a tool; its arguments may be made of what the calls before answered. */
export interface Step {
  readonly tool: string
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of tools
  readonly args?: (answers: readonly any[]) => object
  /** Done before the call. */
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of tools
  readonly first?: (answers: readonly any[]) => Promise<unknown>
}

export interface ScriptedModel {
  /** Of a provider, with `/v1`. */
  readonly url: string
  /** What the tools answered, as the model was told, parsed where it is JSON. */
  answers(): readonly unknown[]
  /** Names of all tools that the model was offered, with their namespaces. */
  tools(): readonly string[]
  close(): Promise<void>
}

interface Item {
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

interface Asked {
  readonly input?: readonly Item[]
  readonly tools?: readonly Offered[]
}

/** Takes one step after the other, then says that it is done. */
export const openScriptedModel = async (steps: readonly Step[]): Promise<ScriptedModel> => {
  let answers: readonly unknown[] = []
  let tools: readonly string[] = []
  let count = 0
  const http = createServer((request, response) => {
    void read(request).then(async ({ input = [], tools: offered = [] }) => {
      if (!request.url?.endsWith('/responses')) return response.writeHead(404).end('{}')
      const outputs = afterLastUser(input).filter(({ type }) => type.endsWith('_output'))
      answers = outputs.map(({ output }) => answerIn(output))
      tools = offered.flatMap(namesOf)
      const id = ++count
      const step = steps[outputs.length]
      // What fails is found out by what the test then misses.
      await step?.first?.(answers).catch(() => undefined)
      const events = [
        { type: 'response.created', response: { id: `resp_${id}` } },
        ...(step ? calling(step, id, answers) : saying('Done.', id)),
        { type: 'response.completed', response: { id: `resp_${id}`, usage: USAGE } },
      ]
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      return response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''))
    })
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`,
    answers: () => answers,
    tools: () => tools,
    close: async () => {
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
    },
  }
}

/** Settings of Codex that have it ask this model. */
export const providerOf = ({ url }: Pick<ScriptedModel, 'url'>): string => `
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

/** Messages that begin with `<` are Codex's own words about where it is. */
const afterLastUser = (input: readonly Item[]): readonly Item[] => {
  const last = input.findLastIndex(
    ({ type, role, content = [] }) =>
      type === 'message' && role === 'user' && !content.some(({ text = '' }) => text.startsWith('<')),
  )
  return input.slice(last + 1)
}

const namesOf = ({ type, name = '', tools = [] }: Offered): readonly string[] =>
  type === 'namespace' ? tools.map((tool) => `${name}.${tool.name}`) : [name]

const calling = ({ tool, args = () => ({}) }: Step, id: number, answers: readonly unknown[]) => [
  {
    type: 'response.output_item.done',
    output_index: 0,
    item: {
      ...{ type: 'function_call', id: `fc_${id}`, call_id: `call_${id}`, status: 'completed' },
      ...{ name: tool, namespace: 'mcp__towline', arguments: JSON.stringify(args(answers)) },
    },
  },
]

const saying = (text: string, id: number) => [
  {
    type: 'response.output_item.done',
    output_index: 0,
    item: {
      type: 'message',
      id: `msg_${id}`,
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text, annotations: [] }],
    },
  },
]

/** Codex hands on text, or parts of it; some of it stands around the tool's own JSON. */
const answerIn = (output: unknown): unknown => {
  const text = Array.isArray(output) ? output.map(({ text = '' }: { text?: string }) => text).join('') : String(output)
  const json = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)
  try {
    return JSON.parse(json) as unknown
  } catch {
    return text
  }
}
