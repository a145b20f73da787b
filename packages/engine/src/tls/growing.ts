/** Owns bytes that come in pieces and are wanted whole. */

const FIRST_BYTES = 1024

/** Memory doubles as it fills, so adding a byte at a time costs no more than adding all at once. */
export class Growing {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Everything so far; valid until the next `add`. */
  get view(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  add(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, 2 * this.#bytes.length))
      this.#bytes.copy(grown, 0, 0, this.#length)
      this.#bytes = grown
    }
    this.#bytes.set(bytes, this.#length)
    this.#length = length
  }
}
