/** Owns an agent as the protocol's own SDK makes one: it starts `towline mcp serve`, holds answers to their schemas, and has a person to ask. */
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { type Home, type Line, towline, within } from '@towline/testkit'

/** What a person answers, who is shown what a call would do. */
export type Person = (message: string) => 'accept' | 'decline'

export interface AgentOptions {
  /** Conversation that its calls belong to. */
  readonly thread: string
  readonly name?: string
  /** Without one the client can ask nobody. */
  readonly person?: Person
  /** Words after `mcp serve`. */
  readonly words?: readonly string[]
  /** Revision to speak; that of 2025 when absent. */
  readonly revision?: string
}

export interface Agent extends AsyncDisposable {
  readonly client: Client
  /** Messages the person was shown. */
  readonly shown: readonly string[]
  /** The structured content of what a tool answers. Throws what it refuses. */
  call<T = Line>(tool: string, args?: object): Promise<T>
  /** The body of what a tool refuses. */
  refused(tool: string, args?: object): Promise<Line>
  /** What a tool refuses before anybody is asked: not its arguments. */
  invalid(tool: string, args?: object): Promise<string>
  /** Ends the server as nothing else could. */
  kill(): Promise<void>
}

export const openAgent = async (home: Home, options: AgentOptions): Promise<Agent> => {
  const { thread, name = 'flow-agent', person, words = [], revision } = options
  const [command = '', ...args] = towline('mcp', 'serve', ...words)
  const shown: string[] = []
  const client = new Client(
    { name, version: '1.0.0' },
    {
      capabilities: person ? { elicitation: { form: {} } } : {},
      versionNegotiation: { mode: revision === undefined ? 'legacy' : { pin: revision } },
    },
  )
  if (person)
    client.setRequestHandler('elicitation/create', ({ params: { message } }) => {
      shown.push(message)
      const action = person(message)
      return action === 'accept' ? { action, content: { confirm: true } } : { action }
    })
  const transport = new StdioClientTransport({ command, args, env: { ...home.env }, stderr: 'ignore' })
  await client.connect(transport)
  // A client knows the schemas of answers once it has listed the tools.
  await client.listTools()
  const ask = async (tool: string, given: object = {}) => {
    const answer = await client.callTool({ name: tool, arguments: { ...given }, _meta: { threadId: thread } })
    const { isError = false, structuredContent, content } = answer
    const [text] = content.map((block) => (block.type === 'text' ? block.text : ''))
    return { isError, structuredContent, text: text ?? '' }
  }
  return {
    ...{ client, shown },
    call: async <T>(tool: string, given?: object) => {
      const { isError, structuredContent, text } = await ask(tool, given)
      if (isError) throw new Error(`${tool} was refused: ${text}`)
      return structuredContent as T
    },
    refused: async (tool, given) => {
      const { isError, text } = await ask(tool, given)
      if (!isError) throw new Error(`${tool} was not refused: ${text}`)
      return (JSON.parse(text) as { error: Line }).error
    },
    invalid: async (tool, given) => {
      const { isError, text } = await ask(tool, given)
      if (!isError) throw new Error(`${tool} took its arguments: ${text}`)
      return text
    },
    kill: async () => {
      const over = new Promise<void>((done) => void (client.onclose = done))
      process.kill(transport.pid as number, 'SIGKILL')
      await within('the end of a killed server', over)
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}
