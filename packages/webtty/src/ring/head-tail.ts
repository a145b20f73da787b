/** Owns the beginning and the end of a stream by absolute offset: what lies between is forgotten and counted. */
import { Ring, type Retained } from './ring.ts'

/** Keeps `capacity` bytes; how many are missing between is what `seek` skips: the first half of a long stream never moves, the second follows its end. */
export class HeadTail implements Retained {
  readonly #headBytes: number
  readonly #head: Ring
  readonly #tail: Ring

  constructor(capacity: number) {
    this.#headBytes = Math.floor(capacity / 2)
    this.#head = new Ring(this.#headBytes)
    this.#tail = new Ring(capacity - this.#headBytes, this.#headBytes)
  }

  get end(): number {
    return Math.max(this.#head.end, this.#tail.end === this.#headBytes ? 0 : this.#tail.end)
  }

  get size(): number {
    return this.#head.size + this.#tail.size
  }

  append(bytes: Uint8Array): void {
    const room = this.#headBytes - this.#head.end
    if (room > 0) this.#head.append(bytes.subarray(0, room))
    if (bytes.length > room) this.#tail.append(room > 0 ? bytes.subarray(room) : bytes)
  }

  seek(offset: number): number {
    return offset < this.#head.end ? offset : Math.min(this.#tail.seek(offset), this.end)
  }

  read(offset: number, max: number): Uint8Array {
    return offset < this.#headBytes ? this.#head.read(offset, max) : this.#tail.read(offset, max)
  }
}
