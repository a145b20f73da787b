/** Owns the last bytes of a stream by absolute offset: what is older than its capacity is forgotten. */

/** Output that is kept and can be read again by absolute offset. */
export interface Retained {
  /** Offset after the last byte. */
  readonly end: number
  /** Bytes of memory. */
  readonly size: number
  append(bytes: Uint8Array): void
  /** The first offset from `offset` on that is still kept; `end` when nothing is. */
  seek(offset: number): number
  /** Bytes from a kept `offset` on, at most `max`, fewer where memory breaks; valid until the next `append`. */
  read(offset: number, max: number): Uint8Array
}

/** The first memory; most commands print less. */
const FIRST_BYTES = 4 * 1024

/** Grows to its capacity by doubling; a byte stands at its offset modulo the size. */
export class Ring implements Retained {
  readonly #capacity: number
  #bytes = new Uint8Array(0)
  #start: number
  #end: number

  /** `from` is the offset of the first byte. */
  constructor(capacity: number, from = 0) {
    this.#capacity = capacity
    this.#start = from
    this.#end = from
  }

  get start(): number {
    return this.#start
  }

  get end(): number {
    return this.#end
  }

  get size(): number {
    return this.#bytes.length
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#grow(this.#end - this.#start + bytes.length)
    const size = this.#bytes.length
    const kept = bytes.length > size ? bytes.subarray(bytes.length - size) : bytes
    const at = (this.#end + bytes.length - kept.length) % size
    const first = Math.min(kept.length, size - at)
    this.#bytes.set(kept.subarray(0, first), at)
    this.#bytes.set(kept.subarray(first), 0)
    this.#end += bytes.length
    this.#start = Math.max(this.#start, this.#end - size)
  }

  seek(offset: number): number {
    return Math.min(Math.max(offset, this.#start), this.#end)
  }

  read(offset: number, max: number): Uint8Array {
    if (offset < this.#start || offset >= this.#end) return this.#bytes.subarray(0, 0)
    const size = this.#bytes.length
    const at = offset % size
    return this.#bytes.subarray(at, at + Math.min(max, this.#end - offset, size - at))
  }

  #grow(needed: number): void {
    let size = this.#bytes.length
    while (size < needed && size < this.#capacity) size = Math.min(Math.max(size * 2, FIRST_BYTES), this.#capacity)
    if (size === this.#bytes.length) return
    const bytes = new Uint8Array(size)
    for (let offset = this.#start; offset < this.#end; ) {
      const part = this.read(offset, Math.min(this.#end - offset, size - (offset % size)))
      bytes.set(part, offset % size)
      offset += part.length
    }
    this.#bytes = bytes
  }
}
