/** Owns MCP servers for tests that are programs which a test plays, and a feed whose questions a test answers. */
import { Secret } from '@towline/base'
import { type BareSink, type BareSpec, FD, type Processes, type ServerRequests } from '@towline/protocol'
import type { McpServerConfig } from '../config/agent-config.ts'
import type { Feed } from '../feed/feed.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- messages as they are
export type Message = any

/** Answers a request; null: nothing is answered; undefined: whoever is asked next answers. */
export type Answer = (message: Message, tell: (message: object) => void) => object | null | undefined

const INFO = {
  protocolVersion: '2025-06-18',
  capabilities: { tools: {}, resources: {} },
  serverInfo: { name: 's', version: '1' },
}
const TOOLS = [
  {
    name: 'smash',
    title: 'Smash',
    description: 'breaks',
    inputSchema: { type: 'object' },
    annotations: { destructiveHint: true },
  },
  {
    name: 'look',
    description: 'looks',
    inputSchema: { type: 'object', properties: { at: {} } },
    annotations: { readOnlyHint: true },
  },
  { name: 'plain', inputSchema: { type: 'object' } },
  { name: 'soft', inputSchema: { type: 'object' }, annotations: { destructiveHint: false, openWorldHint: false } },
]

/** A server that behaves, but for what `answer` says. */
export const wellBehaved =
  (answer: Answer = () => undefined): Answer =>
  (message, tell) => {
    const own = answer(message, tell)
    if (own !== undefined) return own
    if (message.method === 'initialize') return { result: { ...INFO, instructions: 'Use with care.' } }
    if (message.method === 'tools/list') return { result: { tools: TOOLS } }
    if (message.method === 'resources/list') return { result: { resources: [{ uri: 'x://1', name: 'one' }] } }
    if (message.method === 'resources/templates/list') return { result: { resourceTemplates: [] } }
    if (message.method === 'tools/call')
      return { result: { content: [{ type: 'text', text: `did ${message.params.name}` }] } }
    return { error: { code: -32601, message: 'no such method' } }
  }

export interface PlayedProgram {
  readonly spec: BareSpec
  readonly heard: Message[]
  wasEnded: boolean
  /** Says something unasked. */
  tell(message: object): void
  complain(text: string): void
  exit(): void
}

export interface PlayedPrograms {
  readonly processes: Processes
  readonly started: readonly PlayedProgram[]
}

export const playPrograms = (answer: Answer): PlayedPrograms => {
  const started: PlayedProgram[] = []
  const start = (spec: BareSpec, sink: BareSink): PlayedProgram & { hear(text: string): void } => {
    const print = (fd: FD1, text: string): void => sink.output(fd, Buffer.from(text))
    const tell = (message: object): void => print(FD.stdout, `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
    const program = {
      ...{ spec, heard: [] as Message[], wasEnded: false, tell },
      complain: (text: string): void => print(FD.stderr, text),
      exit: (): void => sink.exited(0, null),
      hear: (text: string): void => {
        const message = JSON.parse(text) as Message
        program.heard.push(message)
        if (message.id === undefined || message.method === undefined) return
        const told = answer(message, tell)
        if (told) tell({ id: message.id, ...told })
      },
    }
    return program
  }
  const processes: Processes = {
    start: (spec, sink) => {
      const program = start(spec, sink)
      started.push(program)
      let rest = ''
      return Promise.resolve({
        pause: () => undefined,
        resume: () => undefined,
        write: (bytes) => {
          const lines = `${rest}${Buffer.from(bytes)}`.split('\n')
          rest = lines.pop() ?? ''
          sink.taken(bytes.length)
          for (const line of lines) queueMicrotask(() => program.hear(line))
        },
        interrupt: () => undefined,
        end: () => {
          if (!program.wasEnded) sink.exited(0, null)
          program.wasEnded = true
          return Promise.resolve()
        },
      })
    },
    close: () => undefined,
  }
  return { processes, started }
}

type FD1 = (typeof FD)['stdout'] | (typeof FD)['stderr']

export const stdio = (name: string, more: Partial<McpServerConfig> = {}): McpServerConfig =>
  ({
    ...{ name, enabled: true, enabledTools: undefined, disabledTools: [], approval: 'auto', toolApprovals: {} },
    ...{ startupTimeoutMs: 10_000, toolTimeoutMs: 60_000, transport: 'stdio', command: 'served', args: ['--stdio'] },
    ...{ env: { DECLARED: new Secret('x') }, cwd: undefined },
    ...more,
  }) as McpServerConfig

type Elicitation = ServerRequests['mcpServer/elicitation/request']

export interface PlayedFeed extends Feed {
  readonly emitted: (readonly [method: string, params: Message])[]
  readonly asked: Elicitation['params'][]
  answer: Elicitation['result']
}

export const playFeed = (): PlayedFeed => {
  const feed: PlayedFeed = {
    ...{ emitted: [], asked: [], answer: { action: 'accept', content: {} } },
    emit: (method, params) => void feed.emitted.push([method, params]),
    ask: (_method, params) => {
      feed.asked.push(params as Elicitation['params'])
      return Promise.resolve(feed.answer as never)
    },
  }
  return feed
}
