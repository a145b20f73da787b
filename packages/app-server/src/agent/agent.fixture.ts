/** Owns turns for tests: a feed that remembers, questions that a test answers, and an environment that runs real processes or played ones. */
import { spawn } from 'node:child_process'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import {
  AppError,
  type SandboxContext,
  type ServerRequest,
  type ServerRequests,
  type ThreadNotification,
  type ThreadNotifications,
} from '@towline/protocol'
import type { AgentConfig } from '../config/agent-config.ts'
import type { CommandSink, CommandStart, Environment, Environments } from '../environments/environment.ts'
import type { Feed } from '../feed/feed.ts'
import type { ResponseItem } from '../threads/rollout-line.ts'
import type { FakeModel } from './model.fixture.ts'
import type { TurnContext, TurnSettings } from './turn.ts'

export interface Told {
  readonly method: ThreadNotification
  readonly params: Readonly<Record<string, unknown>>
}

export interface Question {
  readonly method: ServerRequest
  readonly params: Readonly<Record<string, unknown>>
}

/** Answers questions by `answer`; one it answers undefined for waits until the turn is interrupted. */
export class FakeFeed implements Feed {
  readonly told: Told[] = []
  readonly questions: Question[] = []
  readonly #answer: (question: Question) => unknown
  readonly #waiting = new Set<() => void>()

  constructor(answer: (question: Question) => unknown = () => undefined) {
    this.#answer = answer
  }

  emit<Name extends ThreadNotification>(method: Name, params: ThreadNotifications[Name]): void {
    this.told.push({ method, params: params as never })
    for (const look of this.#waiting) look()
  }

  async ask<Name extends ServerRequest>(
    method: Name,
    params: ServerRequests[Name]['params'],
    signal: AbortSignal,
  ): Promise<ServerRequests[Name]['result']> {
    this.questions.push({ method, params: params as never })
    for (const look of this.#waiting) look()
    const answer = this.#answer({ method, params: params as never })
    if (answer !== undefined) return answer as ServerRequests[Name]['result']
    return new Promise((_, fail) => {
      signal.addEventListener('abort', () => fail(signal.reason as Error), { once: true })
    })
  }

  /** Resolves when `seen` holds. */
  async until(seen: (feed: FakeFeed) => boolean): Promise<void> {
    while (!seen(this))
      await new Promise<void>((resolve) => {
        const look = (): void => {
          this.#waiting.delete(look)
          resolve()
        }
        this.#waiting.add(look)
      })
  }

  of(method: ThreadNotification): readonly Readonly<Record<string, unknown>>[] {
    return this.told.filter((one) => one.method === method).map(({ params }) => params)
  }

  /** Items that ended, by their type. */
  items(type: string): readonly Readonly<Record<string, unknown>>[] {
    return this.of('item/completed')
      .map(({ item }) => item as Readonly<Record<string, unknown>>)
      .filter((item) => item['type'] === type)
  }
}

/** Runs real processes without any sandbox, and notes what was asked for. */
export class PlainEnvironment implements Environment {
  readonly id: string
  readonly starts: CommandStart[] = []
  readonly sandboxes: (SandboxContext | null)[] = []
  /** Called before each start; may throw, or play the process itself. */
  play: ((start: CommandStart, sink: CommandSink) => Awaited<ReturnType<Environment['start']>> | undefined) | undefined

  constructor(id = 'local') {
    this.id = id
  }

  info() {
    return Promise.resolve({ shell: { name: 'bash', path: '/bin/bash' }, cwd: 'file:///' })
  }

  start(start: CommandStart, sink: CommandSink) {
    this.starts.push(start)
    const played = this.play?.(start, sink)
    if (played !== undefined) return Promise.resolve(played)
    const [program = '', ...args] = start.argv
    const child = spawn(program, args, { cwd: start.cwd, env: { ...process.env, ...start.env }, detached: true })
    child.stdout.on('data', (bytes: Buffer) => sink.output('stdout', new Uint8Array(bytes)))
    child.stderr.on('data', (bytes: Buffer) => sink.output('stderr', new Uint8Array(bytes)))
    child.on('close', (code) => sink.exited(code ?? 137, false))
    if (!start.tty) child.stdin.end()
    const kill = (signal: NodeJS.Signals): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal)
    }
    return Promise.resolve({
      processId: String(child.pid),
      write: (bytes: Uint8Array) => {
        child.stdin.write(bytes)
        return Promise.resolve()
      },
      interrupt: () => Promise.resolve(kill('SIGINT')),
      terminate: () => Promise.resolve(kill('SIGKILL')),
    })
  }

  readonly files: Environment['files'] = {
    read: async (path, sandbox) => {
      this.sandboxes.push(sandbox)
      return new Uint8Array(await readFile(path).catch(missing))
    },
    write: async (path, bytes, sandbox) => {
      this.sandboxes.push(sandbox)
      await writeFile(path, bytes)
    },
    createDirectory: async (path) => {
      await mkdir(path, { recursive: true })
    },
    remove: (path) => rm(path),
    metadata: async (path) => {
      const found = await stat(path).catch(() => undefined)
      if (found === undefined) return undefined
      const { size, birthtimeMs, mtimeMs } = found
      const [isDirectory, isFile] = [found.isDirectory(), found.isFile()]
      return { isDirectory, isFile, isSymlink: false, size, createdAtMs: birthtimeMs, modifiedAtMs: mtimeMs }
    },
  }
}

const missing = (): never => {
  throw new AppError('FILE_NOT_FOUND')
}

const environmentsOf = (all: readonly Environment[]): Environments => ({
  ids: all.map(({ id }) => id),
  defaultId: all[0]?.id,
  get: (id) => all.find((one) => one.id === id) as Environment,
  status: () => ({ status: 'ready' }),
  add: () => undefined,
  close: () => Promise.resolve(),
})

export interface TurnOptions {
  readonly model: FakeModel
  readonly cwd: string
  readonly settings?: Partial<TurnSettings>
  readonly config?: Partial<AgentConfig>
  readonly answer?: (question: Question) => unknown
  readonly environments?: readonly Environment[]
  readonly history?: readonly ResponseItem[]
  readonly tools?: TurnContext['tools']
  readonly takeSteered?: TurnContext['takeSteered']
  readonly threadId?: string
}

export interface FakeTurn {
  readonly context: TurnContext
  readonly feed: FakeFeed
  readonly items: ResponseItem[]
  readonly summaries: string[]
  interrupt(): void
}

export const openTurn = (options: TurnOptions): FakeTurn => {
  const { model, cwd, environments = [new PlainEnvironment()], threadId = 'thread-1' } = options
  const feed = new FakeFeed(options.answer)
  const items: ResponseItem[] = [...(options.history ?? [])]
  const summaries: string[] = []
  const person = new AbortController()
  const provider = options.settings?.provider ?? model.provider()
  const context: TurnContext = {
    ...{ threadId, turnId: 'turn-1', feed, environments: environmentsOf(environments), signal: person.signal },
    settings: {
      ...{ model: 'scripted', provider, effort: null, summary: null, approvalPolicy: 'on-request' },
      sandboxPolicy: { ...WORKSPACE, writableRoots: [] },
      ...{ deniedPaths: [], cwd, workspaceRoots: [cwd], baseInstructions: null, developerInstructions: null },
      environments: environments.map(({ id }) => ({ environmentId: id, cwd, runtimeWorkspaceRoots: [cwd] })),
      outputSchema: null,
      ...options.settings,
    },
    config: { ...configOf(provider), ...options.config },
    history: {
      items,
      append: (...more) => void items.push(...more),
      replace: (now, summary) => {
        items.splice(0, items.length, ...now)
        summaries.push(summary)
      },
    },
    record: () => undefined,
    accepted: new Set<string>(),
    tools: options.tools ?? [],
    takeSteered: options.takeSteered ?? (() => []),
  }
  return { context, feed, items, summaries, interrupt: () => person.abort() }
}

const WORKSPACE = {
  type: 'workspaceWrite' as const,
  ...{ networkAccess: false, excludeTmpdirEnvVar: false, excludeSlashTmp: true },
}

const configOf = (provider: TurnSettings['provider']): AgentConfig => ({
  ...{ model: undefined, provider, providers: {}, effort: null, summary: null, approvalPolicy: 'on-request' },
  ...{
    sandboxMode: 'workspace-write',
    deniedPaths: [],
    keptPaths: [],
    mcpServers: [],
    instructions: [],
    rules: [],
    warnings: [],
  },
  sandboxWorkspaceWrite: {
    ...{ writableRoots: [], networkAccess: false, excludeTmpdirEnvVar: false, excludeSlashTmp: false },
  },
  envPolicy: { inherit: 'all', ignoreDefaultExcludes: false, exclude: [], set: {}, includeOnly: [] },
  ...{ modelContextWindow: undefined, autoCompactTokenLimit: undefined, trusted: true },
})

/** What a person types. */
export const text = (words: string) => [{ type: 'text', text: words, text_elements: [] }] as const

/** What the model was told of the call with that id. */
export const outputFor = (items: readonly ResponseItem[], callId: string): unknown =>
  items.find((item) => item.type.endsWith('_output') && item['call_id'] === callId)?.['output']
