/** Owns what a client typed until the host has confirmed it: bytes by absolute offset, sent as granted, and again after a cut. */
import { copyOf, LIMITS } from '@towline/protocol'

/** A part that may be sent now. */
export interface InputPart {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** Bytes of one DATA frame at most. */
const PART_BYTES = LIMITS.webttyBatchBytes

/** Input of one process, across all connections to it. */
export class Input {
  /** Unconfirmed chunks; the first begins at `#base`. */
  #chunks: Uint8Array[] = []
  #base = 0
  /** The host has what is before; it may end within the first chunk. */
  #confirmed = 0
  #end = 0
  #sent = 0
  #max = 0
  #finished = false
  #finishSent = false
  #full = false
  /** Nothing was heard of the host yet. */
  #fresh = true

  /** Copies `bytes`. False asks to stop until `confirm` answers true. */
  write(bytes: Uint8Array): boolean {
    if (this.#finished || bytes.length === 0) return !this.#full
    this.#chunks.push(copyOf(bytes))
    this.#end += bytes.length
    this.#full = this.#end - this.#confirmed >= LIMITS.webttyInputBytes
    return !this.#full
  }

  /** Nothing more is written. */
  finish(): void {
    this.#finished = true
  }

  /** Everything unconfirmed is sent again, when the new connection grants it. */
  restart(): void {
    this.#sent = this.#base
    this.#max = 0
    this.#finishSent = false
  }

  /** The host takes bytes up to `max`, and has those below `received`. True when a writer that was stopped may go on. */
  confirm(max: number, received: number): boolean {
    if (this.#fresh) this.#beginAt(received)
    this.#max = Math.max(this.#max, max)
    this.#confirmed = Math.max(this.#confirmed, Math.min(received, this.#end))
    this.#forget(this.#confirmed)
    if (!this.#full || this.#end - this.#confirmed >= LIMITS.webttyInputBytes / 2) return false
    this.#full = false
    return true
  }

  /** Whether all that was written has been sent, with its end. */
  get allSent(): boolean {
    return this.#sent === this.#end && this.#finished === this.#finishSent
  }

  /** The next part that may be sent, which then counts as sent. */
  next(): InputPart | undefined {
    const most = Math.min(this.#max, this.#end, this.#sent + PART_BYTES)
    if (most <= this.#sent) return undefined
    const offset = this.#sent
    const bytes = this.#from(offset, most)
    this.#sent = offset + bytes.length
    return { offset, bytes }
  }

  /** The final offset, once, when everything before it was sent. */
  end(): number | undefined {
    if (!this.#finished || this.#finishSent || this.#sent < this.#end) return undefined
    this.#finishSent = true
    return this.#end
  }

  /** Others may have written to the process before: what is written here comes after it. */
  #beginAt(received: number): void {
    this.#fresh = false
    this.#base += received
    this.#end += received
    this.#sent = this.#base
    this.#confirmed = this.#base
  }

  #forget(received: number): void {
    for (;;) {
      const [first] = this.#chunks
      if (!first || this.#base + first.length > received) break
      this.#base += first.length
      this.#chunks.shift()
    }
    this.#sent = Math.max(this.#sent, this.#base)
  }

  /** A view of at most one chunk, from `offset` on. */
  #from(offset: number, end: number): Uint8Array {
    let at = this.#base
    for (const chunk of this.#chunks) {
      if (offset < at + chunk.length) return chunk.subarray(offset - at, Math.min(end - at, chunk.length))
      at += chunk.length
    }
    throw new Error('input that was forgotten')
  }
}
