/** Owns the read buffers of the byte path: one that all small readers share, and a pool for links. */
import { LIMITS, type Slab } from '@towline/protocol'

/** Every ordinary socket reads into this one; its bytes are gone when the callback returns (SHARED_SLAB). */
export const sharedBuffer = new Uint8Array(LIMITS.socketReadBytes)

/** Slabs kept for reuse; the rest is left to the garbage collector. */
const SPARE = 16
const spare: ReadSlab[] = []

/** A read buffer of one link; writes that could not finish pin it, and the link then reads into another. */
export class ReadSlab implements Slab {
  readonly pinnable = true
  /** All of it: for TLS records, which come one at a time and are gathered. */
  readonly bytes = Buffer.allocUnsafeSlow(LIMITS.tlsGatherBytes)
  /** For plain reads: more at once costs more processor cache than it saves calls. */
  readonly part = this.bytes.subarray(0, LIMITS.bulkReadBytes)
  #pins = 0
  #reading = true

  static take(): ReadSlab {
    const slab = spare.pop() ?? new ReadSlab()
    slab.#reading = true
    return slab
  }

  get pinned(): boolean {
    return this.#pins > 0
  }

  pin(): void {
    this.#pins++
  }

  unpin(): void {
    this.#pins--
    this.#giveBack()
  }

  /** The link reads into it no longer; said twice it is given back once. */
  leave(): void {
    if (!this.#reading) return
    this.#reading = false
    this.#giveBack()
  }

  #giveBack(): void {
    if (this.#pins === 0 && !this.#reading && spare.length < SPARE) spare.push(this)
  }
}
