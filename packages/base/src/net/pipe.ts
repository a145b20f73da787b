/** Owns joining two channels: bytes, half-close, reset and backpressure go through as they come. */
import type { Channel, Sink, Slab } from '@towline/protocol'

/** Told once when both sides are over; `reset` is the code of the side that broke first. */
export type Done = (reset?: number) => void

/** One direction's consumer: what comes out of `from` goes into `to`. */
class Flow implements Sink {
  readonly #from: Channel
  readonly #to: Channel
  readonly #over: Done

  constructor(from: Channel, to: Channel, over: Done) {
    this.#from = from
    this.#to = to
    this.#over = over
  }

  data(bytes: Uint8Array, slab: Slab): void {
    if (!this.#to.write(bytes, slab)) this.#from.pause()
  }

  ended(): void {
    this.#to.end()
  }

  /** `from` takes bytes again, so the other side may go on. */
  drained(): void {
    this.#to.resume()
  }

  closed(reset?: number): void {
    if (reset !== undefined) this.#to.reset(reset)
    this.#over(reset)
  }
}

/** Joins and resumes both. Bytes that either side has kept while it was paused come first. */
export const pipe = (a: Channel, b: Channel, done?: Done): void => {
  let open = 2
  let first: number | undefined
  const over: Done = (reset) => {
    first ??= reset
    open--
    if (open === 0) done?.(first)
  }
  a.sink = new Flow(a, b, over)
  b.sink = new Flow(b, a, over)
  a.resume()
  b.resume()
}
