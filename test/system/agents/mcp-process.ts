/** Owns `towline mcp serve` as an agent's client starts it: a process, and JSON lines each way. */
import { type Home, type Program, within } from '@towline/testkit'

export type Json = Readonly<Record<string, unknown>>

/** What a call answered. */
export interface Called {
  readonly isError: boolean
  /** The structured content, or the body of a refusal. */
  readonly answer: Json
}

export interface McpProcess {
  readonly program: Program
  readonly pid: number
  request(method: string, params?: Json): Promise<Json>
  /** Calls a tool; `cancel` asks to cancel the call, which then never answers. */
  call(name: string, args?: Json): Promise<Called>
  begin(name: string, args?: Json): { readonly answer: Promise<Called>; cancel(reason?: string): void }
  /** Notifications of the server so far. */
  readonly notes: readonly Json[]
}

/** Starts it and says hello as a client of the revision of 2025. */
export const startMcp = async (
  home: Home,
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<McpProcess> => {
  const program = home.start(['mcp', 'serve', ...words], env)
  const notes: Json[] = []
  const waiting = new Map<number, (message: Json) => void>()
  let rest = ''
  program.child.stdout?.on('data', (part: string) => {
    const lines = (rest + part).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const message = JSON.parse(line) as Json
      if (message['id'] === undefined) notes.push(message)
      else waiting.get(message['id'] as number)?.(message)
    }
  })
  let last = 0
  const send = (message: Json): void =>
    void program.child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const ask = (method: string, params: Json = {}): { id: number; answer: Promise<Json> } => {
    const id = ++last
    const answer = new Promise<Json>((done) => waiting.set(id, done))
    send({ id, method, params })
    return { id, answer: within(`the answer to ${method} ${JSON.stringify(params).slice(0, 100)}`, answer, 60_000) }
  }
  const request = async (method: string, params?: Json): Promise<Json> => {
    const { result, error } = (await ask(method, params).answer) as { result?: Json; error?: Json }
    if (!result) throw new Error(JSON.stringify(error))
    return result
  }
  const begin: McpProcess['begin'] = (name, args = {}) => {
    const _meta = { threadId: 'thread-7', progressToken: last + 1 }
    const { id, answer } = ask('tools/call', { name, arguments: args, _meta })
    return {
      answer: answer.then(calledOf),
      cancel: (reason = 'not wanted') => send({ method: 'notifications/cancelled', params: { requestId: id, reason } }),
    }
  }
  await request('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test-agent', version: '1.0.0' },
  })
  send({ method: 'notifications/initialized' })
  return {
    ...{ program, pid: program.pid, request, begin, notes },
    call: (name, args) => begin(name, args).answer,
  }
}

const calledOf = (message: Json): Called => {
  const result = message['result'] as
    | { isError?: boolean; structuredContent?: Json; content?: readonly { text: string }[] }
    | undefined
  if (!result) throw new Error(JSON.stringify(message['error']))
  const answer = result.structuredContent ?? (JSON.parse(result.content?.[0]?.text ?? '{}') as Json)
  return { isError: result.isError === true, answer }
}
