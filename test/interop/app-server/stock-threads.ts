/** Owns the threads of stock Codex: its app-server in a home of its own, with a model of this machine that only says that it is done. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AgentHome, openAgentHome } from '../mcp/agent-home.ts'
import { type Dialogue, openDialogue } from '../mcp/dialogue.ts'
import { agent } from '../mcp/judges.ts'
import { type Asked, type Call, openResponsesModel, textOf } from '../../responses-model.ts'
import { run } from '../processes.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into it
type Told = any

export interface StockThreads {
  readonly home: AgentHome
  /** What Codex calls its home. */
  readonly codexHome: string
  /** Texts that the model was last sent, in order. */
  sent(): readonly string[]
  /** What the model calls next, instead of being done. */
  calls(calls: readonly Call[]): void
  /** `codex exec` with one prompt. */
  exec(prompt: string): Promise<void>
  /** Runs `work` with a stock app-server, which is gone after. */
  serving<T>(work: (server: StockServer) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface StockServer {
  ask(method: string, params: object): Promise<Told>
  /** Runs a turn to its end. */
  turn(threadId: string, text: string): Promise<Told>
}

export const openStockThreads = async (): Promise<StockThreads> => {
  const home = openAgentHome()
  const codexHome = home.env['CODEX_HOME'] as string
  let last: Asked = {}
  const next: (readonly Call[])[] = []
  const model = await openResponsesModel((asked) => {
    last = asked
    return next.shift() ?? []
  })
  writeFileSync(
    join(codexHome, 'config.toml'),
    `approval_policy = "never"\nsandbox_mode = "danger-full-access"\n${model.settings}`,
  )
  const codex = (...words: readonly string[]): readonly string[] =>
    home.bare(process.execPath, agent('codex'), ...words)
  return {
    ...{ home, codexHome },
    sent: () => (last.input ?? []).map(({ content, output }) => textOf(content ?? output ?? '')),
    calls: (calls) => void next.push(calls),
    exec: async (prompt) => {
      const { status, stderr } = await run(codex('exec', '--skip-git-repo-check', '-C', home.path, prompt), {
        cwd: home.path,
      })
      if (status !== 0) throw new Error(stderr)
    },
    serving: async (work) => {
      const server = await openStockServer(codex('app-server'), home.env)
      try {
        return await work(server)
      } finally {
        await server.close()
      }
    },
    close: async () => {
      await model.close()
      home.remove()
    },
  }
}

const openStockServer = async (argv: readonly string[], env: Readonly<Record<string, string>>) => {
  const waiting = new Map<string, (turn: Told) => void>()
  const dialogue: Dialogue = openDialogue(argv, env, ({ method, params }) => {
    if (method === 'turn/completed') waiting.get((params as Told).turn.id)?.((params as Told).turn)
    return undefined
  })
  await dialogue.ask('initialize', {
    clientInfo: { name: 'judge', title: null, version: '0.169.0' },
    capabilities: { experimentalApi: true },
  })
  dialogue.tell('initialized')
  return {
    ask: dialogue.ask,
    close: dialogue.close,
    turn: async (threadId: string, text: string): Promise<Told> => {
      const input = [{ type: 'text', text, text_elements: [] }]
      const { turn } = await dialogue.ask('turn/start', { threadId, input })
      return await new Promise((done) => waiting.set(turn.id, done))
    },
  }
}
