/** Owns one service that this machine exposes: opened, kept over broken links by its tunnel, ended for one reason. */
import { AppError, type Exposure, type ExposeRequest, type ExposureStatus, type Limits } from '@towline/protocol'
import type { HostedTunnel } from '@towline/sdk'
import type { ExposurePlan } from './plan-exposure.ts'

type End = Extract<ExposureStatus, 'expired' | 'stopped' | 'failed'>

export interface LiveExposureOptions {
  readonly request: ExposeRequest
  readonly plan: ExposurePlan
  /** Key of who asked; absent where clients are not told apart. */
  readonly owner: string | undefined
  readonly limits: Limits
  /** Opens the tunnel, after the service was seen to be there. */
  readonly open: (signal: AbortSignal) => Promise<HostedTunnel>
  readonly onEnded: (exposure: LiveExposure) => void
}

/** See the file's head. */
export class LiveExposure {
  readonly request: ExposeRequest
  readonly owner: string | undefined
  readonly opened: Promise<Exposure>
  readonly #options: LiveExposureOptions
  readonly #opening = new AbortController()
  #hosted: HostedTunnel | undefined
  #openedAtMs = 0
  #endedAtMs = 0
  #timer: NodeJS.Timeout | undefined
  #end: { readonly status: End; readonly reason?: string } | undefined

  constructor(options: LiveExposureOptions) {
    this.#options = options
    this.request = options.request
    this.owner = options.owner
    this.opened = this.#open()
  }

  /** The name it has, or will have. */
  get name(): string | undefined {
    return this.#hosted?.tunnel.name ?? this.#options.plan.spec.name
  }

  /** Milliseconds since the epoch; 0 while it lives. */
  get endedAtMs(): number {
    return this.#endedAtMs
  }

  /** Undefined until its tunnel was open. */
  get shown(): Exposure | undefined {
    const hosted = this.#hosted
    if (!hosted) return undefined
    const { id, protocol, port, ttlMs, mcpPath, hostHeader } = this.request
    const { name, url, kind, labels, tokenAuth = false, id: tunnelId } = hosted.tunnel
    const { status, reason } = this.#end ?? { status: hosted.status === 'online' ? 'online' : 'reconnecting' }
    return {
      ...{ id, name, url, tunnelId, kind, protocol, host: this.#options.plan.service.host, port, status },
      ...(reason !== undefined && { reason }),
      tokenAuth,
      ...(hostHeader !== undefined && { hostHeader }),
      ...(mcpPath !== undefined && { mcpPath }),
      labels,
      createdAt: Math.floor(this.#openedAtMs / 1000),
      ...(ttlMs !== undefined && { expiresAt: Math.floor((this.#openedAtMs + ttlMs) / 1000) }),
    }
  }

  stop(status: 'expired' | 'stopped'): void {
    this.#over({ status })
    this.#opening.abort()
    this.#hosted?.close()
  }

  async #open(): Promise<Exposure> {
    const { limits } = this.#options
    const late = AbortSignal.timeout(limits.exposureOpenMs)
    const hosted = await this.#options.open(AbortSignal.any([this.#opening.signal, late])).catch((error: unknown) => {
      if (this.#opening.signal.aborted) throw new AppError('EXPOSURE_UNKNOWN', { id: this.request.id })
      throw late.aborted ? new AppError('TUNNEL_OFFLINE') : error
    })
    this.#hosted = hosted
    this.#openedAtMs = Date.now()
    void hosted.closed.then((error) => this.#over({ status: 'failed', ...(error && { reason: error.message }) }))
    if (this.#end) hosted.close()
    else this.#wait(performance.now())
    return this.shown as Exposure
  }

  /** By the clock of the wall too: a timer stands still while the machine sleeps. */
  #wait(since: number): void {
    const { ttlMs } = this.request
    if (ttlMs === undefined || this.#end) return
    const left = ttlMs - Math.max(performance.now() - since, Date.now() - this.#openedAtMs)
    if (left <= 0) return this.stop('expired')
    this.#timer = setTimeout(() => this.#wait(since), Math.min(left, this.#options.limits.exposureTickMs)).unref()
  }

  #over(end: { readonly status: End; readonly reason?: string }): void {
    if (this.#end) return
    this.#end = end
    this.#endedAtMs = Date.now()
    clearTimeout(this.#timer)
    this.#options.onEnded(this)
  }
}
