/** Owns a loaded thread: how it works, which turn runs, and that everything is in its lines before it is told. */
import {
  AppError,
  LIMITS,
  type Thread,
  type ThreadNotification,
  type ThreadNotifications,
  type ThreadStatus,
  type ThreadTokenUsage,
  type Turn,
} from '@towline/protocol'
import type { RunTurn, TurnOutcome } from '../agent/turn.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import type { Feed } from '../feed/feed.ts'
import type { ThreadFeed } from '../feed/feed-hub.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import { ActiveTurn, type Said } from './active-turn.ts'
import { ABORTED } from './history.ts'
import { event, linesOf } from './item-lines.ts'
import { project } from './projection/project.ts'
import type { PriorAnswer, PriorPlan } from './projection/projection.ts'
import type { RolloutLine } from './rollout-line.ts'
import type { SessionMeta } from './session-meta.ts'
import { ThreadHistory } from './thread-history.ts'
import type { ThreadLog } from './thread-log.ts'
import type { ThreadsOptions, ThreadTools } from './thread-options.ts'
import { changed, contextLine, type SettingsChange, type ThreadSettings, turnSettings } from './thread-settings.ts'
import { threadOf } from './thread-view.ts'
import { endedLine, startedLine } from './turn-lines.ts'
import { uuid7 } from './uuid7.ts'

export interface LiveThreadParts {
  readonly options: ThreadsOptions
  readonly meta: SessionMeta
  readonly config: AgentConfig
  readonly settings: ThreadSettings
  readonly log: ThreadLog
  readonly feed: ThreadFeed
  readonly projected?:
    | Pick<Awaited<ReturnType<typeof project>>['projection'], 'history' | 'tokenUsage' | 'preview' | 'plan' | 'answers'>
    | undefined
  readonly name: string | null
  /** It changed, so that lists show it. */
  touched(): void
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
  readonly meta: SessionMeta
  readonly log: ThreadLog
  readonly feed: ThreadFeed
  readonly history: ThreadHistory
  readonly #parts: LiveThreadParts
  name: string | null
  preview: string
  settings: ThreadSettings
  config: AgentConfig
  tokenUsage: ThreadTokenUsage | undefined
  plan: PriorPlan | undefined
  readonly answers: readonly PriorAnswer[]
  updatedAtMs: number
  #active: ActiveTurn | undefined
  #working: Promise<void> = Promise.resolve()
  #tools: Promise<ThreadTools> | undefined
  #failed: AppError | undefined
  #closed = false

  constructor(parts: LiveThreadParts) {
    const { meta, config, settings, log, feed, projected, name } = parts
    this.#parts = parts
    this.meta = meta
    this.log = log
    this.feed = feed
    this.name = name
    this.config = config
    this.settings = settings
    this.history = new ThreadHistory(projected?.history ?? [], (...lines) => this.#write(...lines))
    this.tokenUsage = projected?.tokenUsage
    this.preview = projected?.preview ?? ''
    this.plan = projected?.plan
    this.answers = projected?.answers ?? []
    this.updatedAtMs = this.#now()
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

  change(change: SettingsChange): void {
    const { environments } = this.#parts.options
    this.settings = changed(this.settings, change, { config: this.config, environments })
  }

  /** Into the running turn when there is one. Throws RpcError for settings there are not. */
  startTurn({ change, input, clientId, outputSchema = null }: TurnStart): Turn {
    if (this.#active) return this.steer({ input, clientId }).begun()
    const { environments, runTurn } = this.#parts.options
    const settings = changed(this.settings, change, { config: this.config, environments })
    turnSettings(settings, this.config, outputSchema)
    this.settings = settings
    return this.#begin((turn) => this.#runAgent(turn, { run: runTurn, said: { input, clientId }, outputSchema }))
  }

  /** Goes on with a turn that the end of the server cut off. */
  continueTurn({ id, items }: Turn): void {
    const { runTurn } = this.#parts.options
    const work = (turn: ActiveTurn) => this.#runAgent(turn, { run: runTurn, said: undefined, outputSchema: null })
    this.#begin(work, new ActiveTurn(id, this.#now(), items))
  }

  /** Throws RpcError when no turn runs, or another than `expected`. */
  steer(said: Said, expected?: string): ActiveTurn {
    const active = this.#expect(expected, 'steer')
    if (active.waiting >= LIMITS.turnSteers)
      throw new AppError('LIMIT_REACHED', { limit: 'turnSteers', value: LIMITS.turnSteers })
    active.say(said)
    return active
  }

  interrupt(turnId: string): void {
    this.#expect(turnId, 'interrupt').stop(new Error('a person interrupted the turn'))
  }

  compact(): Turn {
    this.#refuseActive()
    turnSettings(this.settings, this.config, null)
    const { compact } = this.#parts.options
    return this.#begin((turn) => this.#runAgent(turn, { run: compact, said: undefined, outputSchema: null }))
  }

  /** In the running turn when there is one, else in one of its own. */
  work(work: TurnWork): void {
    const active = this.#active
    if (!active) return void this.#begin((turn) => work({ id: turn.id, feed: this.#feedOf(turn), signal: turn.signal }))
    void work({ id: active.id, feed: this.#feedOf(active), signal: active.signal })
  }

  rename(name: string): void {
    if (this.log.begun) this.#write(event({ type: 'thread_name_updated', thread_id: this.id, thread_name: name }))
    this.name = name
    this.#touch()
    this.feed.emit('thread/name/updated', { threadId: this.id, threadName: name })
  }

  /** A person is asked, and the next server can ask again. */
  get waits(): boolean {
    return this.log.path !== undefined && this.#parts.options.resumesCalls && this.feed.flags.length > 0
  }

  /** Leaves a turn that waits as it stands in its lines: nothing more of it is written or told. */
  async suspend(): Promise<void> {
    this.#closed = true
    this.#failed ??= new AppError('SHUTTING_DOWN')
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

  #begin(
    work: (turn: ActiveTurn) => Promise<TurnOutcome>,
    turn = new ActiveTurn(uuid7(this.#now()), this.#now()),
  ): Turn {
    if (this.#closed) throw new RpcError('invalidRequest', `thread not found: ${this.id}`)
    this.#active = turn
    this.#failed = undefined
    // After whoever asked was answered.
    this.#working = new Promise<void>((done) => setImmediate(done)).then(() => this.#through(turn, work))
    return { ...turn.begun(), startedAt: null }
  }

  async #through(turn: ActiveTurn, work: (turn: ActiveTurn) => Promise<TurnOutcome>): Promise<void> {
    const { id: threadId } = this
    this.feed.emit('thread/status/changed', { threadId, status: { type: 'active', activeFlags: [] } })
    this.feed.emit('turn/started', { threadId, turn: turn.begun() })
    const outcome = await this.#outcome(turn, work)
    const completed = this.#completed(turn, outcome)
    await this.#end(turn, outcome, completed)
    this.#active = undefined
    if (outcome.error) this.feed.emit('error', { error: outcome.error, willRetry: false, threadId, turnId: turn.id })
    this.feed.emit('thread/status/changed', { threadId, status: { type: 'idle' } })
    this.feed.emit('turn/completed', { threadId, turn: completed })
    this.#touch()
  }

  async #outcome(turn: ActiveTurn, work: (turn: ActiveTurn) => Promise<TurnOutcome>): Promise<TurnOutcome> {
    try {
      await this.#refreshConfig()
      this.#write(
        startedLine(
          turn.id,
          turn.startedAt,
          this.config.modelContextWindow ?? this.tokenUsage?.modelContextWindow ?? null,
        ),
        contextLine(turn.id, this.settings),
      )
      const outcome = await work(turn)
      return this.#failed ? failedOutcome(this.#failed) : outcome
    } catch (error) {
      if (!this.#failed && turn.signal.aborted) return INTERRUPTED
      return failedOutcome(this.#failed ?? this.#told(error))
    }
  }

  /** What holds in the folder that the turn works in. */
  async #refreshConfig(): Promise<void> {
    const { configs } = this.#parts.options
    if (this.settings.cwd !== this.meta.cwd || this.log.begun) this.config = await configs.read(this.settings.cwd)
  }

  async #runAgent(
    turn: ActiveTurn,
    {
      run,
      said,
      outputSchema,
    }: { readonly run: RunTurn; readonly said: Said | undefined; readonly outputSchema: unknown },
  ): Promise<TurnOutcome> {
    const { environments } = this.#parts.options
    const feed = this.#feedOf(turn)
    const settings = turnSettings(this.settings, this.config, outputSchema)
    if (said) this.history.answerWhatWasLeft()
    if (said) this.#tell(turn, said)
    const context = {
      ...{ threadId: this.id, turnId: turn.id, settings, config: this.config, history: this.history, feed },
      ...{ environments, tools: await this.#toolSources(), signal: turn.signal },
      record: (line: RolloutLine) => this.#write(line),
      takeSteered: () => this.#takeSteered(turn),
      ...(this.tokenUsage && { usage: this.tokenUsage }),
    }
    if (turn.signal.aborted) return INTERRUPTED
    let outcome = await run(context, said?.input ?? [])
    // Said after the agent last looked.
    while (outcome.status === 'completed' && turn.waiting > 0)
      outcome = await run(
        context,
        this.#takeSteered(turn).flatMap(({ input }) => input),
      )
    return outcome
  }

  #takeSteered(turn: ActiveTurn): readonly Said[] {
    const taken = turn.takeSaid()
    for (const said of taken) this.#tell(turn, said)
    return taken
  }

  /** An input of a person, as an item. */
  #tell(turn: ActiveTurn, { input, clientId }: Said): void {
    if (input.length === 0) return
    this.preview ||= input.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
    const at = this.#now()
    const item = { type: 'userMessage', id: uuid7(at), clientId, content: input } as const
    const feed = this.#feedOf(turn)
    const of = { threadId: this.id, turnId: turn.id }
    feed.emit('item/started', { ...of, item, startedAtMs: at })
    feed.emit('item/completed', { ...of, item, completedAtMs: at })
  }

  #completed(turn: ActiveTurn, { status, error }: TurnOutcome): Turn {
    const at = this.#now()
    const last = turn.lastMessage
    return {
      ...{ id: turn.id, items: last ? [last] : [], itemsView: last ? 'summary' : 'notLoaded', status, error },
      ...{ startedAt: turn.startedAt, completedAt: Math.floor(at / 1000), durationMs: at - turn.startedAtMs },
    }
  }

  /** What cannot be written any more is told all the same: the thread is `interrupted` there when it is read again. */
  async #end(turn: ActiveTurn, outcome: TurnOutcome, { completedAt, durationMs }: Turn): Promise<void> {
    const times = { startedAt: turn.startedAt, completedAt: completedAt as number, durationMs: durationMs as number }
    const lastMessage = turn.lastMessage?.text ?? null
    try {
      if (outcome.status !== 'completed') this.history.answerWhatWasLeft()
      if (outcome.status === 'interrupted') this.history.append(ABORTED)
      this.log.append(endedLine({ turnId: turn.id, outcome, lastMessage, ...times }))
      await this.log.sync()
    } catch (error) {
      this.#parts.options.log.warn({ thread: this.id, error }, 'the end of a turn could not be written')
    }
  }

  /** In lines before it is told. */
  #feedOf(turn: ActiveTurn): Feed {
    return {
      emit: (method, params) => {
        turn.hear(method, params)
        this.#remember(method, params)
        const lines = linesOf(method, params)
        if (lines.length > 0) this.#tryWrite(turn, lines)
        this.feed.emit(method, params)
      },
      ask: async (method, params, signal) => {
        await this.log.sync()
        const result = await this.feed.ask(method, params, signal)
        const { itemId = '' } = params as { readonly itemId?: string }
        this.#tryWrite(turn, [
          { type: 'towline_answer', payload: { turn_id: turn.id, item_id: itemId, method, answer: result } },
        ])
        return result
      },
    }
  }

  #remember<Name extends ThreadNotification>(method: Name, params: ThreadNotifications[Name]): void {
    if (method === 'thread/tokenUsage/updated')
      this.tokenUsage = (params as ThreadNotifications['thread/tokenUsage/updated']).tokenUsage
    if (method !== 'turn/plan/updated') return
    const { turnId, explanation, plan } = params as ThreadNotifications['turn/plan/updated']
    this.plan = { turnId, explanation, plan }
  }

  /** The agent that tells cannot be failed by it: the turn is stopped, and fails. */
  #tryWrite(turn: ActiveTurn, lines: readonly RolloutLine[]): void {
    if (this.#failed) return
    try {
      this.#write(...lines)
    } catch (error) {
      turn.stop(error as Error)
    }
  }

  /** Once a turn could not be written nothing more of it is. */
  #write(...lines: readonly RolloutLine[]): void {
    if (this.#failed) throw this.#failed
    try {
      this.log.append(...lines)
    } catch (error) {
      this.#failed = this.#told(error)
      throw this.#failed
    }
  }

  #told(error: unknown): AppError {
    if (error instanceof AppError) return error
    if (error instanceof RpcError) return new AppError('REQUEST_INVALID', { problem: error.message })
    const id = uuid7(this.#now())
    this.#parts.options.log.error({ error, id, thread: this.id }, 'a turn broke')
    return new AppError('INTERNAL', { id })
  }

  async #toolSources() {
    const { openTools } = this.#parts.options
    const { cwd } = this.settings
    // They outlive the turn that they are opened for.
    const now = (): Feed => (this.#active ? this.#feedOf(this.#active) : this.feed)
    const feed: Feed = {
      emit: (method, params) => now().emit(method, params),
      ask: (method, params, signal) => now().ask(method, params, signal),
    }
    const of = { threadId: this.id, config: this.config, cwd, feed, dynamicTools: this.meta.dynamicTools }
    this.#tools ??= openTools?.(of)
    return (await this.#tools)?.sources ?? []
  }

  #expect(turnId: string | undefined, verb: 'steer' | 'interrupt'): ActiveTurn {
    const active = this.#active
    if (!active) throw new RpcError('invalidRequest', `no active turn to ${verb}`)
    if (turnId === undefined || turnId === active.id) return active
    const [expected, found] = verb === 'steer' ? [`\`${turnId}\``, `\`${active.id}\``] : [turnId, active.id]
    throw new RpcError('invalidRequest', `expected active turn id ${expected} but found ${found}`)
  }

  #refuseActive(): void {
    if (this.#active) throw new RpcError('invalidRequest', `thread ${this.id} has a turn that runs`)
  }

  #touch(): void {
    this.updatedAtMs = this.#now()
    this.#parts.touched()
  }

  #now(): number {
    return (this.#parts.options.now ?? Date.now)()
  }
}

const INTERRUPTED: TurnOutcome = { status: 'interrupted', error: null }

const failedOutcome = (error: AppError): TurnOutcome => ({
  status: 'failed',
  error: { message: `${error.message} ${error.next}`, codexErrorInfo: 'other', additionalDetails: error.code },
})

/** Waits no longer than `ms`. */
const within = async (ms: number, work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((done) => {
    timer = setTimeout(done, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
