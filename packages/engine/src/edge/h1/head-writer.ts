/** Owns assembling a head from pieces, in memory that is taken in large blocks. */
import { writeText } from './bytes.ts'

const BLOCK_BYTES = 64 * 1024
/** Shorter pieces are copied faster byte by byte than through a view. */
const LOOP_BELOW = 64

/** One head at a time: `begin`, add pieces, then `keep` or `lend` it. */
export class HeadWriter {
  #block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  #from = 0
  #to = 0

  /** Starts a head of at most `most` bytes. */
  begin(most: number): void {
    if (this.#block.length - this.#from < most) {
      this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, most))
      this.#from = 0
    }
    this.#to = this.#from
  }

  copy(bytes: Uint8Array, from: number, to: number): void {
    const block = this.#block
    let at = this.#to
    this.#to += to - from
    if (to - from >= LOOP_BELOW) block.set(bytes.subarray(from, to), at)
    else for (let index = from; index < to; index++) block[at++] = bytes[index] as number
  }

  put(bytes: Uint8Array): void {
    this.#block.set(bytes, this.#to)
    this.#to += bytes.length
  }

  text(latin1: string): void {
    this.#to += writeText(this.#block, this.#to, latin1)
  }

  /** What was written; the memory is reused by the next `begin`. */
  lend(): Uint8Array {
    return this.#block.subarray(this.#from, this.#to)
  }

  /** What was written; nobody writes there again. */
  keep(): Uint8Array {
    const bytes = this.lend()
    this.#from = this.#to
    return bytes
  }
}
