/** Owns turning a visitor's bytes into requests: heads one after another, and counted bodies between them. */
import { type Limits, SHARED_SLAB, type Slab } from '@towline/protocol'
import { Body } from './h1/body.ts'
import { INCOMPLETE } from './h1/fields.ts'
import type { RequestHead } from './h1/request-head.ts'
import { Kept } from './kept.ts'

/** Who acts on requests. */
export interface InboxOwner {
  /** A head that ends at `end` of its bytes. False: not now; it comes again after `go`. */
  request(head: RequestHead, end: number): boolean
  /** Body bytes of the last request; `done` after the last ones. */
  body(bytes: Uint8Array, slab: Slab, done: boolean): void
  /** What came is no HTTP we take. False: not now; it comes again after `go`. */
  invalid(error: unknown): boolean
}

/** See the file's head. */
export class Inbox {
  /** The last request has more body to come. */
  bodyOpen = false
  readonly #owner: InboxOwner
  readonly #head: RequestHead
  readonly #kept: Kept
  readonly #body: Body
  readonly #most: number
  #held = false
  #stopped = false
  #working = false

  constructor(owner: InboxOwner, head: RequestHead, limits: Limits) {
    this.#owner = owner
    this.#head = head
    this.#kept = new Kept(limits.headBytes)
    this.#body = new Body(limits, true)
    this.#most = limits.headBytes
  }

  /** Bytes that belong to a request which is not through. */
  get started(): boolean {
    return this.#kept.length > 0
  }

  /** While it waits it keeps at most one head's worth and one read. */
  get wantsMore(): boolean {
    return this.#stopped || !this.#held || this.#kept.length < this.#most
  }

  /** Takes what was read. */
  push(bytes: Uint8Array, slab: Slab): void {
    if (this.#stopped) return
    if (this.#held || this.#working || this.#kept.length > 0) {
      this.#kept.append(bytes)
      return this.#work()
    }
    this.#working = true
    const used = this.#consume(bytes, slab)
    this.#working = false
    if (used === bytes.length || this.#stopped) return
    this.#kept.append(bytes.subarray(used))
    this.#kept.ripe = false
  }

  /** The request just answered true to has this body. */
  expectBody(head: RequestHead): void {
    if (head.chunked) this.#body.startChunked()
    else if (head.length > 0) this.#body.startLength(head.length)
    else this.#body.startNone()
    this.bodyOpen = !this.#body.done
  }

  /** Keeps what comes until `go`. */
  hold(): void {
    this.#held = true
  }

  go(): void {
    this.#held = false
    this.#kept.ripe = true
    this.#work()
  }

  /** Drops what comes from now on. */
  stop(): void {
    this.#stopped = true
    this.bodyOpen = false
    this.#kept.clear()
  }

  /** Puts requests back in front, to be read again, also after the last one of the connection. */
  putBack(bytes: Uint8Array): void {
    this.#stopped = false
    this.#kept.prepend(bytes)
  }

  /** Gives away what is kept, for whoever reads raw bytes from now on. */
  takeRest(): Uint8Array {
    const rest = this.#kept.view()
    this.#kept.clear()
    this.#stopped = true
    return rest
  }

  #work(): void {
    if (this.#working) return
    this.#working = true
    while (!this.#held && !this.#stopped && this.#kept.length > 0 && (this.#kept.ripe || this.bodyOpen)) {
      this.#kept.drop(this.#consume(this.#kept.view(), SHARED_SLAB))
    }
    this.#working = false
  }

  /** Answers how many bytes were used. */
  #consume(bytes: Uint8Array, slab: Slab): number {
    let pos = 0
    while (pos < bytes.length && !this.#held && !this.#stopped) {
      const next = this.bodyOpen ? this.#bodyAt(bytes, pos, slab) : this.#headAt(bytes, pos)
      if (next === pos) return pos
      pos = next
    }
    return pos
  }

  #headAt(bytes: Uint8Array, pos: number): number {
    let end: number
    try {
      end = this.#head.parse(bytes, pos, bytes.length)
    } catch (error) {
      return this.#owner.invalid(error) ? bytes.length : pos
    }
    if (end === INCOMPLETE) return pos
    return this.#owner.request(this.#head, end) ? end : pos
  }

  #bodyAt(bytes: Uint8Array, pos: number, slab: Slab): number {
    let end: number
    try {
      end = this.#body.take(bytes, pos, bytes.length)
    } catch (error) {
      this.#owner.invalid(error)
      return bytes.length
    }
    this.bodyOpen = !this.#body.done
    const whole = pos === 0 && end === bytes.length
    this.#owner.body(whole ? bytes : bytes.subarray(pos, end), slab, !this.bodyOpen)
    return end
  }
}
