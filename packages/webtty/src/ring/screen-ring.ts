/** Owns the output of a terminal: its last bytes, and the modes that those before them left it in. */
import { ModeTracker } from './mode-tracker.ts'
import { Ring, type Retained } from './ring.ts'

export class ScreenRing implements Retained {
  readonly #ring: Ring
  readonly #capacity: number
  readonly #forgotten = new ModeTracker()

  constructor(capacity: number) {
    this.#capacity = capacity
    this.#ring = new Ring(capacity)
  }

  get start(): number {
    return this.#ring.start
  }

  get end(): number {
    return this.#ring.end
  }

  get size(): number {
    return this.#ring.size
  }

  append(bytes: Uint8Array): void {
    let left = this.#ring.end + bytes.length - this.#capacity - this.#ring.start
    for (let at = this.#ring.start; left > 0 && at < this.#ring.end; ) {
      const part = this.#ring.read(at, left)
      this.#forgotten.feed(part)
      at += part.length
      left -= part.length
    }
    if (left > 0) this.#forgotten.feed(bytes.subarray(0, left))
    this.#ring.append(bytes)
  }

  seek(offset: number): number {
    return this.#ring.seek(offset)
  }

  read(offset: number, max: number): Uint8Array {
    return this.#ring.read(offset, max)
  }

  /** A copy of all that is kept, with the modes before it. */
  copy(): { readonly bytes: Uint8Array; readonly before: ModeTracker; readonly end: number } {
    const bytes = new Uint8Array(this.end - this.start)
    for (let at = this.start; at < this.end; ) {
      const part = this.read(at, this.end - at)
      bytes.set(part, at - this.start)
      at += part.length
    }
    return { bytes, before: this.#forgotten.copy(), end: this.end }
  }
}
