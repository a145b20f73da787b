/** Owns all processes of a server: starting them once, finding them again, and ending them all. */
import { AppError, type Limits, LIMITS, type OpenRequest, type ProcessInfo } from '@towline/protocol'
import { type Log, randomText } from '@towline/base'
import type { Env } from '../process/environment.ts'
import { PipePool } from '../process/pipe-pool.ts'
import { planProcess } from '../process/plan-process.ts'
import { ownUser } from '../process/user-entry.ts'
import { EndedShelf } from './ended-shelf.ts'
import { openProcess, type ProcessSession } from './process-session.ts'
import { requestHash } from './request-hash.ts'
import { type Party, rightTo } from './rights.ts'
import type { Participation, ProcessSink, Sessions } from './session-types.ts'

export interface SessionsOptions {
  /** Changed bounds, for tests. */
  readonly limits?: Partial<Limits>
  readonly log: Log
  /** Milliseconds since the epoch. */
  readonly clock?: () => number
  /** The server's own environment; what of it commands get is up to the policy of the request. */
  readonly env: Env
  /** What counts where a request does not say. */
  readonly defaults?: Pick<OpenRequest, 'cwd' | 'envPolicy'> & { readonly shell?: string }
}

/** Opens the processes of a server; there are none yet. */
export const openSessions = (options: SessionsOptions): Sessions => new AllSessions(options)

interface Slot {
  readonly hash: string
  /** Key of who opened it. */
  readonly owner: string | undefined
  readonly started: Promise<ProcessSession>
  /** Once it has started. */
  session?: ProcessSession
}

const ID = /^[\w.-]{1,64}$/
const ID_CHARS = 16

class AllSessions implements Sessions {
  readonly #options: SessionsOptions
  readonly #limits: Limits
  readonly #pool: PipePool
  readonly #slots = new Map<string, Slot>()
  readonly #shelf: EndedShelf
  #running = 0
  #closing: Promise<void> | undefined

  constructor(options: SessionsOptions) {
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    this.#pool = new PipePool(this.#limits)
    this.#shelf = new EndedShelf(this.#limits, (id) => this.#slots.delete(id))
  }

  async open(request: OpenRequest, sink: ProcessSink, by?: Party): Promise<Participation> {
    const id = request.processId ?? `prc_${randomText(ID_CHARS)}`
    if (!ID.test(id))
      throw new AppError('PROCESS_INVALID', { problem: 'its id is not 1 to 64 letters, digits and "._-".' })
    const hash = requestHash(request)
    const slot = this.#slots.get(id) ?? this.#start({ id, hash, owner: by?.key }, request)
    if (slot.hash !== hash || slot.owner !== by?.key) throw new AppError('PROCESS_CONFLICT', { id })
    const session = await slot.started
    return session.join({ role: 'opener', sink })
  }

  async attach(ask: Parameters<Sessions['attach']>[0]): Promise<Participation> {
    const { processId, resumeToken, offsets, sink, by } = ask
    const slot = this.#slots.get(processId)
    const session = await slot?.started.catch(() => undefined)
    const right = session && rightTo({ kind: session.info.kind, owner: slot?.owner }, by)
    if (!session || right === 'none') throw new AppError('PROCESS_UNKNOWN', { id: processId })
    if (resumeToken === undefined)
      return session.join({ role: right === 'watch' ? 'watcher' : 'spectator', sink, offsets })
    // The key is asked for first: a token in other hands is not even used up.
    if (slot?.owner !== by?.key || right !== 'act' || !session.mayResume(resumeToken))
      throw new AppError('PROCESS_UNKNOWN', { id: processId })
    return session.join({ role: 'opener', sink, offsets })
  }

  list(by?: Party): readonly ProcessInfo[] {
    return [...this.#slots.values()].flatMap(({ session, owner }) => {
      if (session === undefined) return []
      const { info } = session
      return rightTo({ kind: info.kind, owner }, by) === 'none' ? [] : [info]
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const ends = [...this.#slots.values()].map(async ({ started }) =>
      (await started.catch(() => undefined))?.end('shutdown'),
    )
    await Promise.all(ends)
    this.#shelf.close()
    this.#pool.close()
  }

  #start({ id, hash, owner }: { id: string; hash: string; owner: string | undefined }, request: OpenRequest): Slot {
    if (this.#closing !== undefined) throw new AppError('SHUTTING_DOWN')
    const { webttyProcesses: most } = this.#limits
    if (this.#running >= most) throw new AppError('LIMIT_REACHED', { limit: 'webttyProcesses', value: most })
    this.#running += 1
    const slot: Slot = { hash, owner, started: this.#launch(id, request) }
    this.#slots.set(id, slot)
    slot.started.then(
      (session) => (slot.session = session),
      () => {
        this.#running -= 1
        this.#slots.delete(id)
      },
    )
    return slot
  }

  async #launch(processId: string, asked: OpenRequest): Promise<ProcessSession> {
    const { env, log, clock = Date.now, defaults = {} } = this.#options
    const { shell, ...rest } = defaults
    const request = { ...rest, ...asked }
    const limits = this.#limits
    const cookie = randomText(ID_CHARS * 2)
    const user = ownUser()
    const spec = planProcess({ request, server: env, user: { ...user, shell: shell ?? user.shell }, cookie, limits })
    const session = await openProcess({
      processId,
      sessionId: `ses_${randomText(ID_CHARS)}`,
      cookie,
      request,
      spec,
      pool: this.#pool,
      limits,
      clock,
      over: () => this.#over(processId, session),
    })
    log.info({ processId, pid: session.pid, kind: request.kind }, 'process started')
    return session
  }

  #over(id: string, session: ProcessSession): void {
    this.#running -= 1
    const { exitCode, signal, killedBy } = session.info.exit ?? {}
    this.#options.log.info({ processId: id, exitCode, signal, killedBy }, 'process ended')
    this.#shelf.put({ id, bytes: session.kept })
  }
}
