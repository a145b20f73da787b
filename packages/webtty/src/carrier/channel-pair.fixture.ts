/** Owns two channels in memory that are each other's far end, cut into parts of any size, and a far end that may not read. */
import { type Channel, IDLE_SINK, NO_SLAB, RESET, type Sink } from '@towline/protocol'

/** Unread bytes after which `write` asks to stop. */
const FULL_BYTES = 64 * 1024

export class End implements Channel {
  sink: Sink = IDLE_SINK
  other: End | undefined
  /** Largest part that is handed on at once. */
  partBytes = Infinity
  /** Bytes go nowhere, as on a cable that was pulled. */
  silent = false
  writes = 0
  unread = 0
  #queue: (() => void)[] = []
  #at = 0
  #paused = true
  #running = false
  #ended = false
  #gotEnd = false
  #over = false

  write(bytes: Uint8Array): boolean {
    const { other } = this
    if (this.#over || this.#ended || !other) return true
    this.writes++
    const copy = new Uint8Array(bytes)
    for (let at = 0; at < copy.length; at += this.partBytes) {
      const part = copy.subarray(at, at + this.partBytes)
      this.unread += part.length
      this.#tell((far) => {
        this.unread -= part.length
        far.sink.data(part, NO_SLAB)
        if (this.unread === 0) this.sink.drained()
      })
    }
    return this.unread < FULL_BYTES
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
    queueMicrotask(() => this.run())
  }

  onEnd(): void {
    this.#gotEnd = true
    this.sink.ended()
    this.#closeWhenDone()
  }

  finish(code: number | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#queue = []
    this.#at = 0
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
    while (!this.#paused && this.#at < this.#queue.length) this.#queue[this.#at++]?.()
    if (this.#at === this.#queue.length) {
      this.#queue = []
      this.#at = 0
    }
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

/** Two ends, both paused. */
export const channelPair = (): { readonly near: End; readonly far: End } => {
  const near = new End()
  const far = new End()
  near.other = far
  far.other = near
  return { near, far }
}
