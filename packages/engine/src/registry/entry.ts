/** Owns one opened tunnel: its snapshot, the host that serves it, and the streams that are open to it. */
import {
  AppError,
  type Channel,
  type ErrorBody,
  type Limits,
  RESET,
  type Sink,
  type StreamOpen,
  type Tunnel,
} from '@towline/protocol'
import { CountedStream } from './counted-stream.ts'
import type { Host } from './host.ts'
import type { Caller, LiveTunnel } from './live-tunnel.ts'
import { TunnelMeter } from './meter.ts'
import type { NameSlot } from './name-slot.ts'

/** What a tunnel is made of. */
export interface EntryParts {
  readonly tunnel: Tunnel
  readonly slot: NameSlot
  readonly host: Host
  /** Who among the clients of a credential has it, across links; undefined when it did not say. */
  readonly holder: string | undefined
  /** Of the project, in the host name. */
  readonly slug: string
  /** Grows with each tunnel of the engine; inventories are told in this order. */
  readonly order: number
  readonly limits: Limits
}

/** An id is one opening: a host that comes back opens anew and gets a new id; the name is what stays. */
export class TunnelEntry implements LiveTunnel {
  readonly meter = new TunnelMeter()
  readonly slot: NameSlot
  readonly slug: string
  readonly order: number
  readonly holder: string | undefined
  /** Who opened it, also when its link is gone. */
  readonly opener: Pick<Host, 'principal' | 'about'>
  readonly #limits: Limits
  readonly #streams = new Set<CountedStream>()
  #tunnel: Tunnel
  #host: Host | undefined
  /** Removes the tunnel when its host does not come back. */
  #hold: NodeJS.Timeout | undefined

  constructor({ tunnel, slot, host, holder, slug, order, limits }: EntryParts) {
    this.#tunnel = tunnel
    this.#host = host
    this.opener = { principal: host.principal, about: host.about }
    this.#limits = limits
    this.slot = slot
    this.holder = holder
    this.slug = slug
    this.order = order
  }

  get tunnel(): Tunnel {
    return this.#tunnel
  }

  get online(): boolean {
    return this.#host !== undefined
  }

  get host(): Host | undefined {
    return this.#host
  }

  open({ from, requestId }: Caller, sink: Sink): Channel {
    if (!this.#host) throw new AppError('TUNNEL_OFFLINE')
    if (this.#streams.size >= this.#limits.tunnelConnections) throw new AppError('BUSY')
    const stream = new CountedStream(this.#streams, sink, this.meter)
    const open = stream.over(openOn(this.#host, { tunnelId: this.#tunnel.id, from, requestId }, stream))
    this.meter.opened()
    return open
  }

  whenOnline(signal?: AbortSignal): Promise<LiveTunnel | undefined> {
    return this.slot.whenOnline(signal)
  }

  /** Its link broke; `over` is called when nobody came back within `holdMs`. */
  goOffline(holdMs: number, over: () => void): void {
    this.#host = undefined
    this.#tunnel = { ...this.#tunnel, status: 'offline' }
    this.#hold = setTimeout(over, holdMs)
    this.#hold.unref()
  }

  /** It is out of the registry: streams that are open go on, new ones are refused. */
  retire(): void {
    clearTimeout(this.#hold)
    this.#host = undefined
    this.#tunnel = { ...this.#tunnel, status: 'offline' }
  }

  /** Tells the host that the tunnel is over and why. */
  tell(error: ErrorBody): void {
    this.#host?.send({ type: 'tunnel.close', tunnelId: this.#tunnel.id, error })
  }

  /** Breaks off every stream. */
  resetStreams(): void {
    for (const stream of [...this.#streams]) stream.reset(RESET.tunnelUnknown)
  }
}

/** A link full of streams is busy to a visitor. */
const openOn = (host: Host, open: StreamOpen, sink: Sink): Channel => {
  try {
    return host.open(open, sink)
  } catch (error) {
    if (error instanceof AppError && error.code === 'LIMIT_REACHED') throw new AppError('BUSY')
    throw error
  }
}
