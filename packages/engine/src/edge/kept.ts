/** Owns bytes of a connection that were read and cannot be used yet: part of a head, or requests that wait their turn. */
import { LF } from './h1/bytes.ts'

const FIRST_BYTES = 1024

/** A growing buffer that is taken from at the front. */
export class Kept {
  /** Something came that may complete a head; each line end allows one more look, so that dripping bytes cost little. */
  ripe = false
  #bytes: Buffer | undefined
  #from = 0
  #to = 0
  readonly #full: number

  /** At `full` bytes it is ripe in any case. */
  constructor(full: number) {
    this.#full = full
  }

  get length(): number {
    return this.#to - this.#from
  }

  append(bytes: Uint8Array): void {
    this.#room(bytes.length).set(bytes, this.#to)
    this.#to += bytes.length
    this.ripe ||= this.length >= this.#full || bytes.includes(LF)
  }

  /** Puts bytes in front of what is there. */
  prepend(bytes: Uint8Array): void {
    const all = Buffer.concat([bytes, this.view()])
    this.#bytes = all
    this.#from = 0
    this.#to = all.length
    this.ripe = true
  }

  /** Valid until the next change. */
  view(): Uint8Array {
    this.ripe = false
    return this.#bytes === undefined ? new Uint8Array(0) : this.#bytes.subarray(this.#from, this.#to)
  }

  /** Takes away the first `count` bytes. */
  drop(count: number): void {
    this.#from += count
    if (this.#from >= this.#to) this.clear()
  }

  clear(): void {
    this.#bytes = undefined
    this.#from = 0
    this.#to = 0
    this.ripe = false
  }

  #room(count: number): Buffer {
    const bytes = this.#bytes
    if (bytes && this.#to + count <= bytes.length) return bytes
    const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 * (this.length + count)))
    if (bytes) bytes.copy(grown, 0, this.#from, this.#to)
    this.#to -= this.#from
    this.#from = 0
    this.#bytes = grown
    return grown
  }
}
