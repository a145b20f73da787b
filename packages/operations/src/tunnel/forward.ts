/** Owns serving a tunnel until it is ended, by a local service or by this process, and telling how it stands meanwhile. */
import type { AppError, Limits, Tunnel, TunnelSpec, TunnelStats } from '@towline/protocol'
import {
  forwardTo,
  type HostedTunnel,
  type HttpService,
  openSession,
  serveBy,
  type Serve,
  type Session,
  type TransportChoice,
} from '@towline/sdk'
import type { Connection } from '../context/connection.ts'
import type { Target } from './target.ts'

/** How to reach the server: `auto` falls back from TLS to a WebSocket. */
export type Transport = TransportChoice

interface HostRequest {
  readonly connection: Connection
  /** What visitors get to, in words. */
  readonly target: string
  readonly serve: (limits: Limits) => Serve
  readonly spec: TunnelSpec
  readonly transport?: Transport | undefined
  /** Product and version. */
  readonly agent: string
  /** Ends the tunnel; that is success. */
  readonly signal: AbortSignal
  /** Called at the start and after each change, with a new object. */
  readonly onState: (state: ForwardState) => void
}

export interface ForwardRequest extends Omit<HostRequest, 'target' | 'serve'> {
  readonly target: Target
}

export interface ServeRequest extends Omit<HostRequest, 'serve'> {
  readonly service: HttpService
}

export type ForwardStats = Omit<TunnelStats, 'type' | 'tunnelId'>

/** How a forwarded tunnel stands. */
export interface ForwardState {
  readonly status: 'connecting' | 'online' | 'disconnected' | 'reconnecting'
  readonly target: string
  /** Known from the first `online` on. */
  readonly tunnel?: Tunnel
  readonly stats: ForwardStats
  /** How often it came back after a break. */
  readonly reconnects: number
  /** Why it is disconnected, or why the last visitor could not be served. */
  readonly error?: AppError
}

/** Serves a service that this machine reaches; see {@link hostTunnel}. */
export const forward = async ({ target, ...request }: ForwardRequest): Promise<void> => {
  const { host, port, secure, authority } = target
  await hostTunnel({ ...request, target: authority, serve: (limits) => forwardTo({ host, port, tls: secure }, limits) })
}

/** Serves by an HTTP server of this process, which opens no port; see {@link hostTunnel}. */
export const serveTunnel = async ({ service, ...request }: ServeRequest): Promise<void> => {
  await hostTunnel({ ...request, serve: () => serveBy(service) })
}

/**
 * Resolves when `signal` ended it and the server knows. Rejects when the first attempt fails or the server ends the tunnel
 * for good. `online` is told when the server has answered the open, and it answers only after visitors are routed here: the
 * URL works by then, without a request that the service would see.
 */
const hostTunnel = async (request: HostRequest): Promise<void> => {
  const { connection, signal } = request
  const teller = new Teller(request)
  const session = openSession({ ...connection, agent: request.agent, transport: request.transport })
  const stop = (): void => void session.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    signal.throwIfAborted()
    session.states.on((state) => teller.session(state))
    const hosted = await session.open(request.spec, request.serve(session.limits), signal)
    teller.follow(hosted)
    const over = await hosted.closed
    if (over && !signal.aborted) throw over
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', stop)
    await session.close()
  }
}

type SessionState = Session['state']

const NO_STATS: ForwardStats = { requests: 0, active: 0, p50Ms: 0, p99Ms: 0 }

/** Makes one state of what the session and the tunnel tell. */
class Teller {
  readonly #tell: (state: ForwardState) => void
  #state: ForwardState

  constructor({ target, onState }: HostRequest) {
    this.#tell = onState
    this.#state = { status: 'connecting', target, stats: NO_STATS, reconnects: 0 }
    onState(this.#state)
  }

  /** A new link alone serves nobody, so `online` is the tunnel's to tell. */
  session(state: SessionState): void {
    if (state.status === 'disconnected') return this.#next({ status: 'disconnected', error: state.error })
    if (state.status === 'reconnecting') this.#next({ status: 'reconnecting' })
  }

  follow(hosted: HostedTunnel): void {
    hosted.events.on((event) => {
      if (event.type === 'online') this.#online(event.tunnel)
      if (event.type === 'stats') this.#next({ stats: event.stats })
      if (event.type === 'refused') this.#next({ error: event.error })
    })
    if (hosted.status === 'online') this.#online(hosted.tunnel)
  }

  #online(tunnel: Tunnel): void {
    const { status, target, stats, reconnects } = this.#state
    if (status === 'online') return
    const again = status === 'connecting' ? reconnects : reconnects + 1
    this.#state = { status: 'online', target, tunnel, stats, reconnects: again }
    this.#tell(this.#state)
  }

  #next(change: Partial<ForwardState>): void {
    this.#state = { ...this.#state, ...change }
    this.#tell(this.#state)
  }
}
