/** Owns threads for tests: an agent that works by a script, a hub that keeps what is told, and a client that calls methods. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@towline/base'
import type { CommandExecutionItem, UserInput } from '@towline/protocol'
import type { RunTurn, TurnContext, TurnOutcome } from '../agent/turn.ts'
import type { AgentConfig, ConfigSource } from '../config/agent-config.ts'
import type { CommandSink, CommandStart, Environment, Environments } from '../environments/environment.ts'
import type { FeedHub, ThreadFeed } from '../feed/feed-hub.ts'
import type { QuestionStore, StoredQuestion } from '../feed/question-store.ts'
import { THREAD_METHODS } from '../methods/thread-methods.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import type { Caller } from '../server/method.ts'
import type { PendingQuestion, Subscriber } from '../server/subscriber.ts'
import type { ThreadsOptions } from './thread-options.ts'
import { openThreads, type Threads } from './threads.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- tests look at all sorts of them
export type Told = any

export interface ToldEvent {
  readonly method: string
  readonly params: Told
}

/** What the agent does with one turn. */
export type Script = (context: TurnContext, input: readonly UserInput[]) => Promise<TurnOutcome | undefined>

export interface Played {
  readonly home: string
  readonly threads: Threads
  /** Of all threads, in order. */
  readonly told: readonly ToldEvent[]
  /** What the next turns do; without one a turn says "Echo: …". */
  readonly scripts: Script[]
  readonly trusted: string[]
  readonly questions: Map<string, StoredQuestion>
  call(method: string, params: object, caller?: Caller): Promise<Told>
  /** The first told that fits, also of what was told before; `from` leaves out so many of them. */
  heard(method: string, fits?: (params: ToldEvent['params']) => boolean, from?: number): Promise<ToldEvent>
  /** Starts a thread. */
  start(params?: object): Promise<string>
  /** Runs a turn to its end. */
  turn(threadId: string, text: string, params?: object): Promise<ToldEvent['params']>
  answer(questionId: string, result: unknown): void
  close(): Promise<void>
}

export const textInput = (text: string): readonly UserInput[] => [{ type: 'text', text, text_elements: [] }]

const HOMES = new Set<string>()

export const newHome = (): string => {
  const home = mkdtempSync(join(tmpdir(), 'towline-threads-'))
  HOMES.add(home)
  return home
}

export const removeHomes = (): void => {
  for (const home of HOMES) rmSync(home, { recursive: true, force: true })
  HOMES.clear()
}

const PROVIDER = {
  ...{ id: 'scripted', name: 'scripted', baseUrl: 'http://127.0.0.1:9/v1', envKey: undefined, headers: {} },
  ...{ queryParams: {}, requestMaxRetries: 0, streamMaxRetries: 0, streamIdleTimeoutMs: 1000 },
}

const CONFIG: AgentConfig = {
  ...{ model: 'scripted', provider: PROVIDER, providers: { scripted: PROVIDER }, effort: null, summary: null },
  ...{ approvalPolicy: 'on-request', sandboxMode: 'workspace-write' },
  sandboxWorkspaceWrite: {
    writableRoots: [],
    networkAccess: false,
    excludeTmpdirEnvVar: false,
    excludeSlashTmp: false,
  },
  envPolicy: { inherit: 'all', ignoreDefaultExcludes: false, exclude: [], set: {}, includeOnly: [] },
  ...{ deniedPaths: [], keptPaths: [], mcpServers: [], modelContextWindow: 1000, autoCompactTokenLimit: undefined },
  ...{ instructions: [], rules: [], trusted: true, warnings: [] },
}

/** A machine that prints what it is asked to run. */
const LOCAL = {
  id: 'local',
  info: () => Promise.resolve({ shell: { name: 'bash', path: '/bin/bash' }, cwd: null }),
  start: (command: CommandStart, sink: CommandSink) => {
    setImmediate(() => {
      sink.output('stdout', Buffer.from(`${command.argv.at(-1)}\n`))
      sink.exited(0, false)
    })
    return Promise.resolve({ processId: 'p1', write: none, interrupt: none, terminate: none })
  },
} as unknown as Environment

const none = (): Promise<void> => Promise.resolve()

const ENVIRONMENTS: Environments = {
  ...{ ids: ['local', 'lab'], defaultId: 'local' },
  get: (id) => {
    if (id === 'local' || id === 'lab') return { ...LOCAL, id }
    throw new RpcError('invalidRequest', `unknown turn environment id \`${id}\``)
  },
  status: () => ({ status: 'ready' }),
  add: () => undefined,
  close: none,
}

const OPENED = new Set<Played>()

/** Closes what tests opened, and removes its homes. */
export const closePlayed = async (): Promise<void> => {
  for (const played of OPENED) await played.close()
  OPENED.clear()
  removeHomes()
}

export const openPlayed = (options: Partial<ThreadsOptions> & { readonly home?: string } = {}): Played => {
  const home = options.home ?? newHome()
  const scripts: Script[] = []
  const trusted: string[] = []
  const questions = new Map<string, StoredQuestion>()
  const hub = openPlayedHub(questions)
  const runTurn: RunTurn = async (context, input) => {
    const script = scripts.shift()
    return (await script?.(context, input)) ?? (script ? DONE : await echo(context, input))
  }
  const configs: ConfigSource = {
    ...{ home, read: () => Promise.resolve(CONFIG), allow: none },
    trust: (cwd) => Promise.resolve(void trusted.push(cwd)),
  }
  const threads = openThreads({
    ...{
      home,
      cwd: '/srv',
      runTurn,
      compact: runTurn,
      resumesCalls: true,
      configs,
      environments: ENVIRONMENTS,
      hub: hub.hub,
    },
    ...{ questions: questionStore(questions), version: '0.1.0', log: silentLog() },
    ...options,
  })
  const me = clientOf('one', hub.told)
  const played: Played = {
    ...{ home, threads, told: hub.told, scripts, trusted, questions },
    call: async (name, params, caller = me.caller) => {
      const row = THREAD_METHODS[name]
      if (!row) throw new Error(`no method ${name}`)
      const { success, data, error } = row.params.safeParse(params)
      if (!success) throw new RpcError('invalidRequest', `Invalid request: ${error.issues[0]?.path.join('.')}`)
      const result = await row.run({ threads }, data as never, caller)
      for (const work of me.after.splice(0)) work()
      return result
    },
    heard: (method, fits = () => true, from = 0) =>
      hub.heard((event) => event.method === method && fits(event.params), from),
    start: async (params = {}) => (await played.call('thread/start', { cwd: '/srv/app', ...params })).thread.id,
    turn: async (threadId, text, params = {}) => {
      const from = hub.told.length
      await played.call('turn/start', { threadId, input: textInput(text), ...params })
      return (await played.heard('turn/completed', (told) => told.threadId === threadId, from)).params.turn
    },
    answer: hub.answer,
    close: () => threads.close(),
  }
  OPENED.add(played)
  return played
}

const DONE: TurnOutcome = { status: 'completed', error: null }

/** As an agent tells of an answer of its model. */
export const say = ({ threadId, turnId, feed, history }: TurnContext, text: string, id = `msg_${text}`): void => {
  const item = { type: 'agentMessage', id, text, phase: 'final_answer' } as const
  feed.emit('item/started', { threadId, turnId, item: { ...item, text: '' }, startedAtMs: 1 })
  feed.emit('item/agentMessage/delta', { threadId, turnId, itemId: id, delta: text })
  feed.emit('item/completed', { threadId, turnId, item, completedAtMs: 2 })
  history.append({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] })
}

export const hear = ({ history }: TurnContext, input: readonly UserInput[]): string => {
  const text = input.map((part) => (part.type === 'text' ? part.text : '')).join('')
  history.append({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] })
  return text
}

const echo: RunTurn = (context, input) => {
  say(context, `Echo: ${hear(context, input)}`)
  return Promise.resolve(DONE)
}

/** A call of a shell. */
export const command = (status: 'inProgress' | 'completed', id = 'call_1'): CommandExecutionItem => ({
  ...{ type: 'commandExecution', id, command: 'ls', cwd: '/srv/app', processId: null, source: 'agent', status },
  ...{ commandActions: [], aggregatedOutput: status === 'completed' ? 'a\n' : null },
  ...{ exitCode: status === 'completed' ? 0 : null, durationMs: null },
})

export const clientOf = (id: string, told: ToldEvent[] = []) => {
  const after: (() => void)[] = []
  const asked: PendingQuestion[] = []
  const caller: Caller = {
    ...{ id, clientName: 'towline-tui', clientVersion: '0.1.0', experimental: true },
    onClosed: () => undefined,
    notify: (method, params) => void told.push({ method, params }),
    afterAnswer: (work) => void after.push(work),
    replay: () => undefined,
    event: () => undefined,
    ask: (question) => void asked.push(question),
  }
  return { caller, after, asked }
}

const questionStore = (questions: Map<string, StoredQuestion>): QuestionStore => ({
  load: (threadId) => [...questions.values()].filter((question) => question.threadId === threadId),
  put: (question) => void questions.set(question.id, question),
  remove: (_, id) => void questions.delete(id),
})

const openPlayedHub = (questions: Map<string, StoredQuestion>) => {
  const told: ToldEvent[] = []
  const waiting = new Set<() => void>()
  const answers = new Map<string, (result: unknown) => void>()
  const feeds = new Map<string, ThreadFeed>()
  const feedOf = (threadId: string): ThreadFeed => {
    const subscribers = new Map<string, Subscriber>()
    const emit = (method: string, params: object): void => {
      told.push({ method, params })
      for (const look of waiting) look()
    }
    return {
      threadId,
      get lastSeq() {
        return told.length
      },
      get watchers() {
        return subscribers.size
      },
      flags: [],
      questions: [],
      kept: [],
      subscribe: (subscriber) => void subscribers.set(subscriber.id, subscriber),
      unsubscribe: (id) => subscribers.delete(id),
      after: () => undefined,
      emit,
      ask: (method, params, signal) =>
        new Promise((resolve, reject) => {
          const id = `q${questions.size + 1}`
          questions.set(id, { id, threadId, method, params, askedAtMs: 1 })
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
          answers.set(id, (result) => {
            questions.delete(id)
            resolve(result as never)
          })
          emit(method, { ...params, questionId: id })
        }),
    }
  }
  const hub: FeedHub = {
    open: (threadId) => {
      const feed = feeds.get(threadId) ?? feedOf(threadId)
      feeds.set(threadId, feed)
      return feed
    },
    find: (threadId) => feeds.get(threadId),
    drop: (threadId) => void feeds.delete(threadId),
  }
  return {
    ...{ hub, told },
    answer: (id: string, result: unknown) => answers.get(id)?.(result),
    heard: (fits: (event: ToldEvent) => boolean, from: number): Promise<ToldEvent> =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = told.slice(from).find(fits)
          if (!found) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
  }
}
