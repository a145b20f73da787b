/** Owns one tunnel of this process across links: opened, told about, opened again under the same name, closed. */
import {
  AppError,
  type Limits,
  type MuxStream,
  RESET,
  type StreamOpen,
  type Tunnel,
  type TunnelSpec,
  type TunnelStats,
} from '@towline/protocol'
import { pause, randomText } from '@towline/base'
import { retryDelayMs } from './backoff.ts'
import { type Feed, Source } from './feed.ts'
import { endsTunnel } from './final.ts'
import type { LiveLink, TunnelEnd } from './live-link.ts'

/** What happens to a tunnel. `closed` comes once, last; without an error we closed it. */
export type TunnelEvent =
  | { readonly type: 'online'; readonly tunnel: Tunnel }
  | { readonly type: 'offline' }
  | { readonly type: 'stats'; readonly stats: Omit<TunnelStats, 'type'> }
  /** A visitor could not be served by the target. */
  | {
      readonly type: 'refused'
      readonly error: AppError
      readonly from: string | undefined
      readonly requestId: string | undefined
    }
  | { readonly type: 'closed'; readonly error?: AppError }

/** A tunnel that this process hosts. It outlives its links. */
export interface HostedTunnel {
  /** As last opened: the id and epoch change with each reconnect, name and URL stay. */
  readonly tunnel: Tunnel
  readonly url: string
  readonly status: 'online' | 'offline' | 'closed'
  readonly events: Feed<TunnelEvent>
  /** Resolves when the tunnel is over: with the reason, or with nothing when we closed it. */
  readonly closed: Promise<AppError | undefined>
  /** Removes the tunnel at once. */
  close(): void
}

/** Serves a visitor or dialer; the stream is paused. `refused` tells why the target could not. */
export type Serve = (stream: MuxStream, open: StreamOpen, refused: (error: AppError) => void) => void

export interface HostedOptions {
  readonly spec: TunnelSpec
  readonly serve: Serve
  readonly limits: Limits
  readonly random: () => number
  readonly onClosed: (hosted: Hosted) => void
}

/** See {@link HostedTunnel}. */
export class Hosted implements HostedTunnel {
  readonly closed: Promise<AppError | undefined>
  readonly #options: HostedOptions
  /** Tells our own older links from another process that took the name over. */
  readonly #holder = randomText(16)
  readonly #events: Source<TunnelEvent>
  readonly #over = new AbortController()
  #settleClosed: (error: AppError | undefined) => void = () => {}
  #tunnel: Tunnel | undefined
  #link: LiveLink | undefined
  #online = false
  #lostAt = 0

  constructor(options: HostedOptions) {
    this.#options = options
    this.#events = new Source(options.limits.sdkStates)
    this.closed = new Promise((done) => {
      this.#settleClosed = done
    })
  }

  get tunnel(): Tunnel {
    return this.#tunnel as Tunnel
  }

  get url(): string {
    return this.tunnel.url
  }

  get status(): HostedTunnel['status'] {
    if (this.#over.signal.aborted) return 'closed'
    return this.#online ? 'online' : 'offline'
  }

  get events(): Feed<TunnelEvent> {
    return this.#events
  }

  close(): void {
    if (this.#over.signal.aborted) return
    if (this.#online) this.#link?.closeTunnel(this.tunnel.id)
    this.end(undefined)
  }

  /** The first open. Rejects with the refusal, or with TUNNEL_OFFLINE when the link was lost. */
  async open(link: LiveLink): Promise<void> {
    this.#link = link
    await link.openTunnel({ spec: this.#options.spec, holder: this.#holder }, this.#endOn(link))
  }

  /** Opens it again on a new link; what cannot be helped ends the tunnel. */
  async reopen(link: LiveLink): Promise<void> {
    this.#link = link
    const { limits, random } = this.#options
    for (let failures = 1; !link.closed && this.status === 'offline'; failures++) {
      try {
        await link.openTunnel({ spec: this.#again(), holder: this.#holder, again: true }, this.#endOn(link))
        return
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        if (link.closed) return
        if (endsTunnel(error, performance.now() - this.#lostAt, limits.goneMs)) return this.end(error)
      }
      await pause(retryDelayMs(failures, limits, random), this.#over.signal)
    }
  }

  /** The link is gone; the tunnel waits for the next one. */
  lost(): void {
    if (!this.#online) return
    this.#online = false
    this.#lostAt = performance.now()
    this.#events.tell({ type: 'offline' })
  }

  /** It is over for good. */
  end(error: AppError | undefined): void {
    if (this.#over.signal.aborted) return
    this.#online = false
    this.#over.abort()
    this.#events.tell(error ? { type: 'closed', error } : { type: 'closed' })
    this.#events.end()
    this.#settleClosed(error)
    this.#options.onClosed(this)
  }

  /** What a link tells counts only as long as the tunnel lives on it: a newer link replaces the tunnel on the older. */
  #endOn(link: LiveLink): TunnelEnd {
    return {
      opened: (tunnel) => this.#opened(link, tunnel),
      stream: (stream, open) => this.#stream(stream, open),
      stats: ({ type: _type, ...stats }) => {
        if (this.#link === link) this.#events.tell({ type: 'stats', stats })
      },
      ended: (error) => {
        if (this.#link === link) this.end(error)
      },
    }
  }

  #opened(link: LiveLink, tunnel: Tunnel): void {
    if (this.#over.signal.aborted || this.#link !== link) return link.closeTunnel(tunnel.id)
    this.#tunnel = tunnel
    this.#online = true
    this.#events.tell({ type: 'online', tunnel })
  }

  #stream(stream: MuxStream, open: StreamOpen): void {
    if (this.#over.signal.aborted) return stream.reset(RESET.tunnelUnknown)
    const { from, requestId } = open
    this.#options.serve(stream, open, (error) => this.#events.tell({ type: 'refused', error, from, requestId }))
  }

  /** The same name, and for tcp the same port. */
  #again(): TunnelSpec {
    const { spec } = this.#options
    const tunnel = this.#tunnel
    if (!tunnel) return spec
    const port = spec.kind === 'tcp' ? portOf(tunnel) : undefined
    return { ...spec, name: tunnel.name, ...(port !== undefined && { port }) }
  }
}

const portOf = ({ port, url }: Tunnel): number | undefined => port || Number(/:(\d+)$/.exec(url)?.[1]) || undefined
