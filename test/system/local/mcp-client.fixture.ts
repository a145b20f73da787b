/** Owns an agent's client of `towline mcp serve`: a process of its own, asked line by line. */
import { within } from '@towline/testkit'
import type { Home, Line, Program } from '@towline/testkit'

export interface AgentClient extends AsyncDisposable {
  readonly program: Program
  /** The structured content of what a tool answers; throws what it refuses. */
  call<T>(tool: string, args?: object): Promise<T>
  /** The body of what a tool refuses. */
  refused(tool: string, args?: object): Promise<Line>
}

interface ToolAnswer {
  readonly isError?: boolean
  readonly structuredContent?: Line
  readonly content: readonly { readonly text: string }[]
}

export const openAgent = async (home: Home, thread: string): Promise<AgentClient> => {
  const program = home.start(['mcp', 'serve'])
  let last = 0
  const send = (message: object): void =>
    void program.child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const answerOf = async (id: number): Promise<Line> => {
    for (;;) {
      const found = program.lines.find((line) => line['id'] === id)
      if (found) return found
      await new Promise<void>((done) => program.child.stdout?.once('data', () => setImmediate(done)))
    }
  }
  const ask = async (method: string, params: object): Promise<Line> => {
    const id = ++last
    send({ id, method, params })
    return await within(`the answer to ${method}`, answerOf(id))
  }
  const tool = async (name: string, args: object): Promise<ToolAnswer> =>
    (await ask('tools/call', { name, arguments: args, _meta: { threadId: thread } }))['result'] as ToolAnswer
  const clientInfo = { name: 'test-agent', version: '1.0.0' }
  await ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo })
  send({ method: 'notifications/initialized' })
  return {
    program,
    call: async <T>(name: string, args: object = {}) => {
      const answer = await tool(name, args)
      if (answer.isError) throw new Error(answer.content[0]?.text)
      return answer.structuredContent as T
    },
    refused: async (name, args = {}) => {
      const answer = await tool(name, args)
      if (!answer.isError) throw new Error(`${name} was not refused: ${answer.content[0]?.text}`)
      return (JSON.parse(answer.content[0]?.text ?? '') as { error: Line }).error
    },
    [Symbol.asyncDispose]: () => program.stop(),
  }
}
