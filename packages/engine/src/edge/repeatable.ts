/** Owns what is kept of requests that may be sent a second time when a reused stream dies before it answers. */
import type { Exchange } from './exchange.ts'
import type { RequestHead } from './h1/request-head.ts'

const ROUND_BYTES = 512

/** Memory for the heads of one connection; the usual case, one request at a time, always uses the same. */
export class Repeatable {
  #memory: Uint8Array | undefined
  /** How many of the next requests are second attempts. */
  #second = 0

  /** A copy of a head that may be repeated, undefined for others. `crowded`: earlier heads are still needed. */
  remember(head: RequestHead, end: number, crowded: boolean): Uint8Array | undefined {
    if (!head.repeatable) return undefined
    const size = end - head.start
    const memory = crowded ? new Uint8Array(size) : this.#room(size)
    memory.set(head.bytes.subarray(head.start, end))
    return memory.subarray(0, size)
  }

  /** The heads to read again; the requests that follow are second attempts. */
  again(pending: readonly Exchange[]): Uint8Array {
    this.#second = pending.length
    return Buffer.concat(pending.map((exchange) => exchange.repeat as Uint8Array))
  }

  /** Whether the request that goes out (or is refused) now is a second attempt. */
  isSecond(): boolean {
    if (this.#second === 0) return false
    this.#second--
    return true
  }

  #room(size: number): Uint8Array {
    if (this.#memory && this.#memory.length >= size) return this.#memory
    this.#memory = new Uint8Array(Math.ceil(size / ROUND_BYTES) * ROUND_BYTES)
    return this.#memory
  }
}
