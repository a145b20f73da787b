/** Owns giving the bytes that were read for looking at them to the consumer a connection ends up with. */
import { type Channel, NO_SLAB, type Sink, type Slab } from '@towline/protocol'

/** `channel` with `head` in front of what still comes. Delivered paused, as `channel` is. */
export class Replayed implements Channel {
  readonly #channel: Channel
  #head: Uint8Array | undefined
  #paused = true

  /** `head` is kept. */
  constructor(channel: Channel, head: Uint8Array) {
    this.#channel = channel
    this.#head = head
  }

  get sink(): Sink {
    return this.#channel.sink
  }

  set sink(sink: Sink) {
    this.#channel.sink = sink
  }

  write(bytes: Uint8Array, slab?: Slab): boolean {
    return this.#channel.write(bytes, slab)
  }

  end(): void {
    this.#channel.end()
  }

  reset(code?: number): void {
    this.#head = undefined
    this.#channel.reset(code)
  }

  /** The head is delivered whole, so at most one call of `data` follows, as with any channel. */
  pause(): void {
    this.#paused = true
    this.#channel.pause()
  }

  resume(): void {
    this.#paused = false
    const head = this.#head
    this.#head = undefined
    if (head) this.sink.data(head, NO_SLAB)
    if (!this.#paused) this.#channel.resume()
  }
}
