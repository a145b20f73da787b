/** Owns a loaded thread: how it works, which turn runs, and what may be done with it now. */
import { isDeepStrictEqual } from 'node:util'
import {
  AppError,
  type GitInfo,
  LIMITS,
  type Thread,
  type ThreadStatus,
  type ThreadTokenUsage,
  type Turn,
} from '@towline/protocol'
import type { TurnOutcome } from '../agent/turn.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import type { Feed } from '../feed/feed.ts'
import type { ThreadFeed } from '../feed/feed-hub.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import { AcceptedKeys } from './accepted-keys.ts'
import { ActiveTurn, type Said } from './active-turn.ts'
import { agentWork } from './agent-work.ts'
import { event } from './item-lines.ts'
import { project } from './projection/project.ts'
import type { PriorAnswer, PriorPlan, Projection } from './projection/projection.ts'
import { recordingFeed } from './recording-feed.ts'
import { gitLine, type SessionMeta } from './session-meta.ts'
import { ThreadHistory } from './thread-history.ts'
import type { ThreadLog } from './thread-log.ts'
import type { ThreadsOptions, ThreadTools } from './thread-options.ts'
import { changed, contextLine, type SettingsChange, type ThreadSettings, turnSettings } from './thread-settings.ts'
import { settingsView, threadOf } from './thread-view.ts'
import { courseOf, type Work } from './turn-course.ts'
import { TurnWriter } from './turn-writer.ts'
import { uuid7 } from './uuid7.ts'

export interface LiveThreadParts {
  readonly options: ThreadsOptions
  readonly meta: SessionMeta
  readonly config: AgentConfig
  /** Of config.toml, by whoever opened it. */
  readonly overrides: Readonly<Record<string, unknown>> | undefined
  readonly settings: ThreadSettings
  readonly log: ThreadLog
  readonly feed: ThreadFeed
  /** What its lines say, when it has some. */
  readonly projected?: Projection
  readonly name: string | null
}

export interface TurnStart extends Said {
  readonly change: SettingsChange
  readonly outputSchema?: unknown
}

/** Work of a turn that is not the agent's. */
export type TurnWork = (turn: {
  readonly id: string
  readonly feed: Feed
  readonly signal: AbortSignal
}) => Promise<TurnOutcome>

export class LiveThread {
  readonly options: ThreadsOptions
  readonly meta: SessionMeta
  readonly log: ThreadLog
  readonly writer: TurnWriter
  readonly feed: ThreadFeed
  readonly history: ThreadHistory
  readonly #overrides: LiveThreadParts['overrides']
  name: string | null
  git: GitInfo | null
  preview: string
  settings: ThreadSettings
  config: AgentConfig
  tokenUsage: ThreadTokenUsage | undefined
  plan: PriorPlan | undefined
  readonly answers: PriorAnswer[]
  readonly accepted: AcceptedKeys
  updatedAtMs: number
  /** Called when a turn is over, before the thread is idle. */
  ended: ((turnId: string) => Promise<void>) | undefined
  /** The folder that the config holds in. */
  #configCwd: string
  #active: ActiveTurn | undefined
  #working: Promise<void> = Promise.resolve()
  #tools: Promise<ThreadTools> | undefined
  #closed = false

  constructor({ options, meta, config, overrides, settings, log, feed, projected, name }: LiveThreadParts) {
    this.options = options
    this.meta = meta
    this.log = log
    this.feed = feed
    this.name = name
    this.git = meta.git
    this.config = config
    this.settings = settings
    this.writer = new TurnWriter(log, (error) => this.told(error))
    this.history = new ThreadHistory(projected?.history ?? [], (...lines) => this.writer.write(...lines))
    this.tokenUsage = projected?.tokenUsage
    this.preview = projected?.preview ?? ''
    this.plan = projected?.plan
    this.answers = [...(projected?.answers ?? [])]
    this.accepted = new AcceptedKeys(projected?.accepted ?? [], (line) => this.writer.write(line))
    this.updatedAtMs = this.now()
    this.#overrides = overrides
    this.#configCwd = settings.cwd
  }

  get id(): string {
    return this.meta.id
  }

  get active(): ActiveTurn | undefined {
    return this.#active
  }

  get status(): ThreadStatus {
    return this.#active ? { type: 'active', activeFlags: this.feed.flags } : { type: 'idle' }
  }

  /** Nobody watches and nothing happens. */
  get idle(): boolean {
    return !this.#active && this.feed.watchers === 0
  }

  view(turns: readonly Turn[] = []): Thread {
    return threadOf(this, turns)
  }

  /** All turns, with what is told of the running one and not in lines yet. */
  async turns(): Promise<readonly Turn[]> {
    const active = this.#active
    if (!this.log.begun) return active ? [active.snapshot()] : []
    const { projection } = await project(this.log.source)
    const turns = projection.turns(active?.id)
    if (!active) return turns
    return [...turns.filter(({ id }) => id !== active.id), active.snapshot()]
  }

  /** Throws RpcError for settings there are not, and THREAD_UNWRITABLE. */
  change(change: SettingsChange): void {
    const settings = this.#changed(change)
    if (this.log.begun) this.log.append({ type: 'towline_settings', payload: contextLine('', settings).payload })
    this.#set(settings)
  }

  /** Of the repository that it is about. Throws THREAD_UNWRITABLE. */
  changeGit(git: GitInfo): void {
    if (this.log.begun) this.log.append(gitLine(git))
    this.git = git
  }

  /** Into the running turn when there is one. Throws RpcError for settings there are not. */
  async startTurn({ change, input, clientId, outputSchema = null }: TurnStart): Promise<Turn> {
    await this.#settled()
    if (this.#active) return this.steer({ input, clientId }).begun()
    const settings = this.#changed(change)
    turnSettings(settings, this.config, outputSchema)
    this.#set(settings)
    const { runTurn } = this.options
    return this.#begin(agentWork(this, { run: runTurn, said: { input, clientId }, outputSchema }))
  }

  /** Goes on with a turn that the end of the server cut off. */
  continueTurn({ id, items }: Turn): void {
    const work = agentWork(this, { run: this.options.runTurn, said: undefined, outputSchema: null })
    this.#begin(work, new ActiveTurn(id, this.now(), items))
  }

  /** Throws RpcError when no turn runs, or another than `expected`. */
  steer(said: Said, expected?: string): ActiveTurn {
    const active = this.#expect(expected, 'steer')
    const { turnSteers: value } = LIMITS
    if (active.waiting >= value) throw new AppError('LIMIT_REACHED', { limit: 'turnSteers', value })
    active.say(said)
    return active
  }

  interrupt(turnId: string): void {
    this.#expect(turnId, 'interrupt').stop(new Error('a person interrupted the turn'))
  }

  /** Throws RpcError while a turn runs. */
  async compact(): Promise<Turn> {
    await this.#settled()
    if (this.#active) throw new RpcError('invalidRequest', `thread ${this.id} has a turn that runs`)
    turnSettings(this.settings, this.config, null)
    return this.#begin(agentWork(this, { run: this.options.compact, said: undefined, outputSchema: null }))
  }

  /** In the running turn when there is one, else in one of its own. */
  async work(work: TurnWork): Promise<void> {
    await this.#settled()
    const within = (turn: ActiveTurn) => work({ id: turn.id, feed: this.feedOf(turn), signal: turn.signal })
    if (!this.#active) return void this.#begin(within)
    within(this.#active).catch((error: unknown) => this.told(error))
  }

  rename(name: string): void {
    if (this.log.begun) this.log.append(event({ type: 'thread_name_updated', thread_id: this.id, thread_name: name }))
    this.name = name
    this.updatedAtMs = this.now()
    this.feed.emit('thread/name/updated', { threadId: this.id, threadName: name })
  }

  feedOf(turn: ActiveTurn): Feed {
    return recordingFeed(this, turn)
  }

  /** They last as long as the thread is loaded. */
  async tools(): Promise<ThreadTools | undefined> {
    const now = (): Feed => (this.#active ? this.feedOf(this.#active) : this.feed)
    this.#tools ??= this.options.openTools?.({
      ...{ threadId: this.id, config: this.config, cwd: this.settings.cwd, dynamicTools: this.meta.dynamicTools },
      ...{ accepted: this.accepted, threadSource: this.meta.threadSource },
      feed: {
        emit: (method, params) => now().emit(method, params),
        ask: (method, params, signal) => now().ask(method, params, signal),
      },
    })
    return await this.#tools
  }

  /** What holds in the folder that a turn works in, when it is another than before. */
  async refreshConfig(): Promise<void> {
    const { cwd } = this.settings
    if (cwd === this.#configCwd) return
    this.config = await this.options.configs.read(cwd, this.#overrides)
    this.#configCwd = cwd
  }

  /** What people are told of it; of our own bugs an id, under which it is logged. */
  told(error: unknown): AppError {
    if (error instanceof AppError) return error
    const id = uuid7(this.now())
    this.options.log.error({ error, id, thread: this.id }, 'a turn broke')
    return new AppError('INTERNAL', { id })
  }

  now(): number {
    return (this.options.now ?? Date.now)()
  }

  /** A person is asked, and the next server can ask again. */
  get waits(): boolean {
    return this.log.path !== undefined && this.options.resumesCalls && this.feed.flags.length > 0
  }

  /** Leaves a turn that waits as it stands in its lines: nothing more of it is written. */
  async suspend(): Promise<void> {
    this.#closed = true
    this.writer.stop()
    await (await this.#tools?.catch(() => undefined))?.close()
    this.log.close()
  }

  /** Stops what runs, and waits for it. */
  async close(): Promise<void> {
    this.#closed = true
    this.#active?.stop(new Error('the thread was closed'))
    await within(LIMITS.turnStopMs, this.#working)
    await (await this.#tools?.catch(() => undefined))?.close()
    this.log.close()
  }

  #begin(work: Work, turn = new ActiveTurn(uuid7(this.now()), this.now())): Turn {
    if (this.#closed) throw new RpcError('invalidRequest', `thread not found: ${this.id}`)
    this.#active = turn
    this.writer.reset()
    const left = (): void => {
      this.#active = undefined
      this.updatedAtMs = this.now()
    }
    // After whoever asked was answered.
    this.#working = new Promise<void>((done) => setImmediate(done)).then(() => courseOf(this, turn, { work, left }))
    return { ...turn.begun(), startedAt: null }
  }

  #changed(change: SettingsChange): ThreadSettings {
    const { environments } = this.options
    return changed(this.settings, change, { config: this.config, environments })
  }

  /** Told once whoever changed them was answered. */
  #set(settings: ThreadSettings): void {
    const before = this.settings
    this.settings = settings
    if (isDeepStrictEqual(before, settings)) return
    const threadSettings = settingsView(settings)
    setImmediate(() => this.feed.emit('thread/settings/updated', { threadId: this.id, threadSettings }))
  }

  /** A turn that is over and only being written takes no more. */
  async #settled(): Promise<void> {
    if (this.#active?.over) await this.#working
  }

  #expect(turnId: string | undefined, verb: 'steer' | 'interrupt'): ActiveTurn {
    const active = this.#active
    if (!active || active.over) throw new RpcError('invalidRequest', `no active turn to ${verb}`)
    if (turnId === undefined || turnId === active.id) return active
    const [expected, found] = verb === 'steer' ? [`\`${turnId}\``, `\`${active.id}\``] : [turnId, active.id]
    throw new RpcError('invalidRequest', `expected active turn id ${expected} but found ${found}`)
  }
}

/** Waits no longer than `ms`. */
const within = async (ms: number, work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((done) => {
    timer = setTimeout(done, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
