/** Owns the tools, resources and prompts that the MCP conformance suite calls; what each must do is in its scenarios. */
import {
  acceptedContent,
  createRequestStateCodec,
  fromJsonSchema,
  inputRequired,
  inputResponse,
  McpServer,
  ResourceTemplate,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { z } from 'zod'

type Content = (
  | { type: 'text'; text: string }
  | { type: 'image' | 'audio'; data: string; mimeType: string }
  | Embedded
)[]
interface Embedded {
  type: 'resource'
  resource: { uri: string; mimeType: string; text: string }
}

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='
const SOUND = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA='

const text = (words: string): Content[number] => ({ type: 'text', text: words })
const embedded = (uri: string, mimeType: string, words: string): Embedded => ({
  type: 'resource',
  resource: { uri, mimeType, text: words },
})
const image: Content[number] = { type: 'image', data: PIXEL, mimeType: 'image/png' }

/** Tools that answer the same each time. */
const STILL: Readonly<Record<string, Content>> = {
  test_simple_text: [text('This is a simple text response for testing.')],
  test_image_content: [image],
  test_audio_content: [{ type: 'audio', data: SOUND, mimeType: 'audio/wav' }],
  test_embedded_resource: [embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
  test_multiple_content_types: [
    text('Multiple content types test:'),
    image,
    embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
  ],
}

const form = (message: string, properties: Record<string, { type: 'string' } | { type: 'boolean' }>) =>
  inputRequired.elicit({ message, requestedSchema: { type: 'object', properties, required: Object.keys(properties) } })
const sample = (words: string, maxTokens: number) =>
  inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text: words } }], maxTokens })

/** What each round asks for; the tool is done when the last one is answered. */
type Rounds = readonly Parameters<typeof inputRequired>[0]['inputRequests'][]
const NAME = { user_name: form('What is your name?', { name: { type: 'string' } }) }
const CONFIRM = { confirm: form('Please confirm', { ok: { type: 'boolean' } }) }
const ASKING: Readonly<Record<string, { readonly rounds: Rounds; readonly state?: true; readonly done: string }>> = {
  test_input_required_result_elicitation: { rounds: [NAME], done: 'Hello' },
  test_streaming_elicitation: { rounds: [NAME], done: 'Hello' },
  test_input_required_result_sampling: {
    rounds: [{ capital_question: sample('What is the capital of France?', 100) }],
    done: 'Sampled',
  },
  test_input_required_result_list_roots: { rounds: [{ client_roots: inputRequired.listRoots() }], done: 'Roots' },
  test_input_required_result_request_state: { rounds: [CONFIRM], state: true, done: 'state-ok' },
  test_input_required_result_tampered_state: { rounds: [CONFIRM], state: true, done: 'state-ok' },
  test_input_required_result_multiple_inputs: {
    rounds: [{ ...NAME, greeting: sample('Generate a greeting', 50), client_roots: inputRequired.listRoots() }],
    state: true,
    done: 'All there',
  },
  test_input_required_result_multi_round: {
    rounds: [
      { step1: form('Step 1: What is your name?', { name: { type: 'string' } }) },
      { step2: form('Step 2: What is your favorite color?', { color: { type: 'string' } }) },
    ],
    state: true,
    done: 'Both rounds',
  },
}

interface State {
  readonly round: number
}

const codec = createRequestStateCodec<State>({ key: 'a key of a test, long enough to sign with it' })

export const fixtureServer = (): McpServer => {
  const server = new McpServer(
    { name: 'conformance-fixture', version: '1.0.0' },
    {
      // As with our own tools, no list changes while the server runs.
      capabilities: {
        tools: { listChanged: false },
        resources: { subscribe: true, listChanged: false },
        prompts: { listChanged: false },
        logging: {},
        completions: {},
      },
      requestState: { verify: codec.verify },
    },
  )
  addStill(server)
  addTelling(server)
  addAsking(server)
  addElicitations(server)
  addSchemas(server)
  addResources(server)
  addPrompts(server)
  server.server.setRequestHandler('completion/complete', () => ({
    completion: { values: [], total: 0, hasMore: false },
  }))
  server.server.setRequestHandler('logging/setLevel', () => ({}))
  server.server.setRequestHandler('resources/subscribe', () => ({}))
  server.server.setRequestHandler('resources/unsubscribe', () => ({}))
  return server
}

const addStill = (server: McpServer): void => {
  for (const [name, content] of Object.entries(STILL))
    server.registerTool(name, { description: `Answers ${name}` }, () => ({ content: [...content] }))
  server.registerTool('test_error_handling', { description: 'Fails' }, () => {
    throw new Error('This tool intentionally returns an error for testing')
  })
}

const addTelling = (server: McpServer): void => {
  const said = ['Tool execution started', 'Tool processing data', 'Tool execution completed']
  for (const name of ['test_tool_with_logging', 'test_logging_tool'])
    server.registerTool(name, { description: 'Logs while it runs' }, async (context: ServerContext) => {
      for (const data of said) await context.mcpReq.log('info', data)
      return { content: [text('Logged.')] }
    })
  server.registerTool(
    'test_tool_with_progress',
    { description: 'Tells progress' },
    async ({ mcpReq }: ServerContext) => {
      const { progressToken } = mcpReq._meta ?? {}
      for (const progress of [0, 50, 100])
        if (progressToken !== undefined)
          await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } })
      return { content: [text('Done.')] }
    },
  )
}

const addAsking = (server: McpServer): void => {
  for (const [name, { rounds, state, done }] of Object.entries(ASKING))
    server.registerTool(name, { description: 'Asks the client' }, async (context: ServerContext) => {
      const { mcpReq } = context
      const next = state ? (mcpReq.requestState<State>()?.round ?? 0) : mcpReq.inputResponses ? 1 : 0
      const round = next > 0 && !answered(context, rounds[next - 1]) ? next - 1 : next
      const asked = rounds[round]
      if (!asked) return { content: [text(`${done}: ${JSON.stringify(mcpReq.inputResponses)}`)] }
      return inputRequired({
        inputRequests: asked,
        ...(state && { requestState: await codec.mint({ round: round + 1 }, context) }),
      })
    })
  server.registerTool(
    'test_input_required_result_capabilities',
    { description: 'Asks what the client can' },
    (context: ServerContext) => {
      const envelope = (context.mcpReq.envelope ?? {}) as Record<string, Record<string, unknown> | undefined>
      const can = envelope['io.modelcontextprotocol/clientCapabilities'] ?? {}
      const inputRequests = {
        ...(can['elicitation'] ? NAME : {}),
        ...(can['sampling'] ? { greeting: sample('Generate a greeting', 50) } : {}),
      }
      return Object.keys(inputRequests).length > 0
        ? inputRequired({ inputRequests })
        : { content: [text('Nothing to ask.')] }
    },
  )
  server.registerTool('test_missing_capability', { description: 'Needs sampling' }, () =>
    inputRequired({ inputRequests: { greeting: sample('Generate a greeting', 50) } }),
  )
}

const answered = ({ mcpReq }: ServerContext, asked: Rounds[number]): boolean =>
  Object.keys(asked ?? {}).every((key) => inputResponse(mcpReq.inputResponses, key).kind !== 'missing')

const STRINGS = { type: 'string' } as const
/** A field of each sort, filled in. */
const DEFAULTS = {
  name: { ...STRINGS, default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { ...STRINGS, enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
} as const
const NAMED = ['value1', 'value2', 'value3'].map((value) => ({ const: value, title: `The ${value}` }))
const PLAIN = ['option1', 'option2', 'option3']
/** A choice of each sort. */
const CHOICES = {
  untitledSingle: { ...STRINGS, enum: PLAIN },
  titledSingle: { ...STRINGS, oneOf: NAMED },
  legacyEnum: { ...STRINGS, enum: ['opt1', 'opt2', 'opt3'], enumNames: ['Option One', 'Option Two', 'Option Three'] },
  untitledMulti: { type: 'array', items: { ...STRINGS, enum: PLAIN } },
  titledMulti: { type: 'array', items: { anyOf: NAMED } },
} as const

/** What 2025 servers ask over a channel to the client; over stateless HTTP there is none. */
const addElicitations = (server: McpServer): void => {
  const asks = (name: string, properties: Record<string, object>, required: readonly string[] = []): void => {
    server.registerTool(name, { description: 'Asks the person' }, async ({ mcpReq }: ServerContext) => {
      const requestedSchema = { type: 'object', properties, required: [...required] } as never
      const { action, content } = await mcpReq.elicitInput({ mode: 'form', message: 'Please answer', requestedSchema })
      return { content: [text(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`)] }
    })
  }
  asks('test_elicitation', { username: STRINGS, email: STRINGS }, ['username', 'email'])
  asks('test_elicitation_sep1034_defaults', DEFAULTS)
  asks('test_elicitation_sep1330_enums', CHOICES)
  const prompt = z.object({ prompt: z.string() })
  server.registerTool(
    'test_sampling',
    { description: 'Asks a model', inputSchema: prompt },
    async (args, { mcpReq }) => {
      const content = { type: 'text', text: args.prompt } as const
      const answer = await mcpReq.requestSampling({ messages: [{ role: 'user', content }], maxTokens: 100 })
      return { content: [text(`LLM response: ${JSON.stringify(answer.content)}`)] }
    },
  )
}

/** Schemas that must come through word for word. */
const addSchemas = (server: McpServer): void => {
  for (const [name, schema] of Object.entries(SCHEMAS))
    server.registerTool(
      name,
      { description: 'Takes what its schema says', inputSchema: fromJsonSchema(schema as never) },
      () => ({
        content: [text('Taken.')],
      }),
    )
}

const SCHEMAS: Readonly<Record<string, object>> = {
  test_headers: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
  json_schema_2020_12_tool: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: {
      address: { $anchor: 'addressDef', type: 'object', properties: { street: STRINGS, city: STRINGS } },
    },
    properties: {
      name: STRINGS,
      address: { $ref: '#/$defs/address' },
      contactMethod: { ...STRINGS, enum: ['phone', 'email'] },
      phone: STRINGS,
      email: STRINGS,
    },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { required: ['phone'] },
    else: { required: ['email'] },
    additionalProperties: false,
  },
}

const addResources = (server: McpServer): void => {
  const plain = (uri: string, words: string): void => {
    const told = { title: uri, description: 'For tests', mimeType: 'text/plain' }
    server.registerResource(uri, uri, told, () => ({ contents: [{ uri, mimeType: 'text/plain', text: words }] }))
  }
  plain('test://static-text', 'This is the content of the static text resource.')
  plain('test://watched-resource', 'Watched resource content')
  const binary = { uri: 'test://static-binary', mimeType: 'image/png' }
  server.registerResource('binary', binary.uri, { title: 'Binary', mimeType: binary.mimeType }, () => ({
    contents: [{ ...binary, blob: PIXEL }],
  }))
  const template = new ResourceTemplate('test://template/{id}/data', { list: undefined })
  server.registerResource('template', template, { title: 'Template', mimeType: 'application/json' }, (uri, { id }) => {
    const told = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` })
    return { contents: [{ uri: uri.href, mimeType: 'application/json', text: told }] }
  })
}

const addPrompts = (server: McpServer): void => {
  const user = <T>(content: T) => ({ role: 'user' as const, content })
  const words = (told: string) => user({ type: 'text' as const, text: told })
  server.registerPrompt('test_simple_prompt', { description: 'Simple' }, () => ({
    messages: [words('This is a simple prompt for testing.')],
  }))
  const two = z.object({ arg1: z.string().describe('First'), arg2: z.string().describe('Second') })
  server.registerPrompt('test_prompt_with_arguments', { description: 'Two', argsSchema: two }, ({ arg1, arg2 }) => ({
    messages: [words(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
  }))
  const resource = z.object({ resourceUri: z.string().describe('What is embedded') })
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'A resource', argsSchema: resource },
    ({ resourceUri }) => ({
      messages: [
        user(embedded(resourceUri, 'text/plain', 'Embedded resource content for testing.')),
        words('Please process the embedded resource above.'),
      ],
    }),
  )
  server.registerPrompt('test_prompt_with_image', { description: 'An image' }, () => ({
    messages: [
      user({ type: 'image' as const, data: PIXEL, mimeType: 'image/png' }),
      words('Please analyze the image above.'),
    ],
  }))
  server.registerPrompt(
    'test_input_required_result_prompt',
    { description: 'Asks first' },
    ({ mcpReq }: ServerContext) => {
      const answer = acceptedContent(mcpReq.inputResponses, 'user_context')
      if (answer) return { messages: [words(JSON.stringify(answer))] }
      const user_context = form('What context should the prompt use?', { context: { type: 'string' } })
      return inputRequired({ inputRequests: { user_context } })
    },
  )
}
