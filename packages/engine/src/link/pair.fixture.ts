/** Owns two channels in memory that are each other's far end, and a test's ways to break them. */
import { type Channel, IDLE_SINK, NO_SLAB, RESET, type Sink } from '@towline/protocol'

/** One end. */
class End implements Channel {
  sink: Sink = IDLE_SINK
  other: End | undefined
  /** Bytes go nowhere, as on a cable that was pulled. */
  silent = false
  #queue: (() => void)[] = []
  #paused = true
  #running = false
  #ended = false
  #gotEnd = false
  #over = false

  write(bytes: Uint8Array): boolean {
    if (this.#over || this.#ended) return true
    const copy = new Uint8Array(bytes)
    this.#tell((other) => other.sink.data(copy, NO_SLAB))
    return true
  }

  end(): void {
    if (this.#over || this.#ended) return
    this.#ended = true
    this.#tell((other) => other.onEnd())
    this.#closeWhenDone()
  }

  reset(code: number = RESET.cancel): void {
    if (this.#over) return
    this.#tell((other) => other.finish(RESET.upstreamReset))
    this.finish(code)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.run()
  }

  onEnd(): void {
    this.#gotEnd = true
    this.sink.ended()
    this.#closeWhenDone()
  }

  finish(code: number | undefined): void {
    if (this.#over) return
    this.#over = true
    this.sink.closed(code)
    this.sink = IDLE_SINK
  }

  push(event: () => void): void {
    this.#queue.push(event)
    queueMicrotask(() => this.run())
  }

  run(): void {
    if (this.#running) return
    this.#running = true
    while (!this.#paused && this.#queue.length > 0) this.#queue.shift()?.()
    this.#running = false
  }

  #tell(event: (other: End) => void): void {
    const { other } = this
    if (other && !this.silent) other.push(() => event(other))
  }

  #closeWhenDone(): void {
    if (this.#ended && this.#gotEnd) this.finish(undefined)
  }
}

export interface Pair {
  readonly near: Channel
  readonly far: Channel
  /** The far end dies: the near one is reset. */
  breaks(): void
  /** From now on no byte goes either way. */
  falls(): void
}

/** Two ends, both paused. */
export const channelPair = (): Pair => {
  const near = new End()
  const far = new End()
  near.other = far
  far.other = near
  return {
    near,
    far,
    breaks: () => far.reset(),
    falls: () => {
      near.silent = true
      far.silent = true
    },
  }
}
