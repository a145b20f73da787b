/** Owns one managed tunnel from its first attempt to its end, and what is told of it meanwhile. */
import { AppError, type Limits } from '@towline/protocol'
import type { forward, ForwardState } from '../tunnel/forward.ts'
import { orAbort } from '../or-abort.ts'
import type { ExposePlan } from './expose-plan.ts'
import { isLive, type LocalStatus, type LocalTunnel } from './local-tunnel.ts'

export interface ManagedOptions {
  readonly id: string
  readonly plan: ExposePlan
  /** Product and version. */
  readonly agent: string
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  readonly forward: typeof forward
  /** After each change of what is told. */
  readonly onChange: () => void
}

export class ManagedTunnel {
  readonly id: string
  readonly plan: ExposePlan
  readonly #options: ManagedOptions
  readonly #ending = new AbortController()
  readonly #opened: Promise<void>
  #settle: { readonly online: () => void; readonly fail: (error: AppError) => void } | undefined
  #told: LocalTunnel
  #waiting = 0
  #trouble: AppError | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(options: ManagedOptions) {
    this.#options = options
    this.id = options.id
    this.plan = options.plan
    this.#told = firstTold(options)
    this.#opened = new Promise((online, fail) => {
      this.#settle = { online, fail }
    })
    this.#opened.catch(() => undefined)
  }

  get told(): LocalTunnel {
    return this.#told
  }

  start(): void {
    const { plan, agent, limits } = this.#options
    const late = setTimeout(() => this.#late(), limits.localOnlineMs)
    this.#opened.catch(() => undefined).finally(() => clearTimeout(late))
    this.#running = this.#options
      .forward({ ...plan, agent, signal: this.#ending.signal, onState: (state) => this.#hear(state) })
      .then(
        () => this.#over('stopped', undefined),
        (error: unknown) => this.#over('failed', asAppError(error)),
      )
  }

  /**
   * Resolves when it is online for the first time. Rejects with why it never will be, or with the signal's reason; when nobody
   * waits any more before it was ever online, it ends, as nobody would know of it.
   */
  async online(signal: AbortSignal): Promise<LocalTunnel> {
    this.#waiting++
    try {
      await orAbort(this.#opened, signal)
      return this.#told
    } finally {
      if (--this.#waiting === 0 && this.#told.status === 'opening')
        void this.end('stopped', 'nobody waited for it any more')
    }
  }

  /** Tells that it is over at once, and resolves when it is, or after localStopMs. */
  async end(status: LocalStatus, reason?: string): Promise<void> {
    this.#over(status, undefined, reason)
    this.#ending.abort()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((done) => {
      timer = setTimeout(done, this.#options.limits.localStopMs)
    })
    await Promise.race([this.#running, late])
    clearTimeout(timer)
  }

  #hear({ status, tunnel, error, reconnects }: ForwardState): void {
    if (!isLive(this.#told)) return
    if (error) this.#trouble = error
    if (status === 'online' && tunnel) {
      if (this.#told.status === 'online' && this.#told.tunnelId === tunnel.id) return
      const { reason: _reason, code: _code, ...rest } = this.#told
      this.#tell({ ...rest, status, url: tunnel.url, tunnelId: tunnel.id, name: tunnel.name, reconnects })
      return this.#settle?.online()
    }
    if (this.#told.status === 'opening') return
    const why = error ?? this.#trouble
    if (this.#told.status === 'reconnecting' && this.#told.code === why?.code) return
    this.#tell({ ...this.#told, status: 'reconnecting', ...(why && { reason: why.message, code: why.code }) })
  }

  #late(): void {
    const { plan, limits } = this.#options
    const problem = `the tunnel was not online after ${limits.localOnlineMs} ms`
    const why = this.#trouble ?? new AppError('SERVER_UNREACHABLE', { url: plan.connection.url, problem })
    this.#over('failed', why)
    this.#ending.abort()
  }

  /** The first word about its end counts. */
  #over(status: LocalStatus, error: AppError | undefined, reason = error?.message): void {
    if (!isLive(this.#told)) return
    const { code: _code, reason: _reason, ...rest } = this.#told
    const endedAt = Math.floor(this.#options.clock() / 1000)
    this.#settle?.fail(error ?? new AppError('CALL_CANCELLED'))
    this.#tell({
      ...rest,
      status,
      endedAt,
      ...(reason !== undefined && { reason }),
      ...(error && { code: error.code }),
    })
  }

  #tell(told: LocalTunnel): void {
    this.#told = told
    this.#options.onChange()
  }
}

const firstTold = ({ id, plan, clock }: ManagedOptions): LocalTunnel => {
  const { spec, target, connection, ttlSeconds } = plan
  const createdAt = Math.floor(clock() / 1000)
  return {
    ...{ id, status: 'opening', kind: spec.kind, port: target.port, target: target.authority },
    labels: spec.labels ?? {},
    ...(spec.name !== undefined && { name: spec.name }),
    server: connection.url,
    ...(connection.project !== undefined && { project: connection.project }),
    ...(connection.context !== undefined && { context: connection.context }),
    ...{ createdAt, reconnects: 0 },
    ...(ttlSeconds !== undefined && { expiresAt: createdAt + ttlSeconds }),
  }
}

const asAppError = (error: unknown): AppError =>
  error instanceof AppError ? error : new AppError('INTERNAL', { id: String(error) }, { cause: error })
