/** Owns joining a visitor's bytes with a tunnel: metered, and with a way out while the visitor waits. */
import { pipe } from '@towline/base'
import { type Channel, IDLE_SINK, type Sink, type Slab } from '@towline/protocol'
import type { Caller, LiveTunnel, Meter } from './live-tunnel.ts'

/** Who is joined; `over` is called once, when both sides are over. */
export interface JoinCaller extends Caller {
  readonly over?: () => void
}

/**
 * Opens a stream to the tunnel and joins it with `visitor`, which may be paused with bytes kept. Throws AppError
 * TUNNEL_OFFLINE or BUSY and leaves the visitor alone then.
 */
export const joinTunnel = (visitor: Channel, live: LiveTunnel, { over, ...caller }: JoinCaller): void => {
  const { meter } = live
  const stream = live.open(caller, IDLE_SINK)
  meter.began()
  pipe(visitor, stream, () => {
    meter.ended()
    over?.()
  })
  stream.sink = new FirstByte(stream, meter)
}

/** Notes when the first byte comes back, then steps aside. */
class FirstByte implements Sink {
  readonly #stream: Channel
  readonly #next: Sink
  readonly #meter: Meter
  readonly #since = performance.now()

  constructor(stream: Channel, meter: Meter) {
    this.#stream = stream
    this.#next = stream.sink
    this.#meter = meter
  }

  data(bytes: Uint8Array, slab: Slab): void {
    this.#meter.answered(performance.now() - this.#since)
    this.#stream.sink = this.#next
    this.#next.data(bytes, slab)
  }

  ended(): void {
    this.#next.ended()
  }

  drained(): void {
    this.#next.drained()
  }

  closed(reset?: number): void {
    this.#next.closed(reset)
  }
}

/** Watches over a visitor that is paused at the door, so that nobody waits for one who left. */
export class AtTheDoor implements Sink {
  readonly #left = new AbortController()

  /** Takes the visitor's place as its consumer. */
  constructor(visitor: Channel) {
    visitor.sink = this
  }

  /** Aborts when the visitor leaves. */
  get signal(): AbortSignal {
    return this.#left.signal
  }

  /** Never comes: the visitor is paused. */
  data(): void {}
  ended(): void {}
  drained(): void {}

  closed(): void {
    this.#left.abort()
  }
}
