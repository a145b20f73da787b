/** Owns one stream of a mux: credit, the bytes that wait for it, and what its consumer has not taken yet. */
import { type Channel, IDLE_SINK, NO_SLAB, SHARED_SLAB, type Sink, type Slab } from '../channel.ts'
import { RESET } from '../reset.ts'
import type { MuxCore } from './core.ts'
import { ReceiveWindow } from './window.ts'

/** Below this credit the writer is asked to wait; at most a quarter of the window the peer began with, so a grant always follows. */
const LOW_CREDIT = 16 * 1024
/** Unread parts smaller than this are copied, so that they do not hold a whole read buffer. */
const COPY_BELOW = 4 * 1024

interface Unread {
  readonly bytes: Uint8Array
  readonly slab: Slab | undefined
}

/** How a stream begins: the windows of both directions in bytes, and our consumer when we opened it. */
export interface StreamStart {
  readonly id: number
  readonly send: number
  readonly receive: number
  readonly sink?: Sink
}

/** A stream as both sides see it. Writing copies, so the caller's memory is free at once, unless its slab can be pinned. */
export class MuxStream implements Channel {
  readonly id: number
  sink: Sink
  readonly #core: MuxCore
  #moved = 0
  readonly #window: ReceiveWindow
  #credit: number
  readonly #low: number
  /** Bytes the writer gave that credit or the link did not take yet; at most a few reads, as the writer is asked to wait. */
  #unsent: Uint8Array[] = []
  #unread: Unread[] = []
  #paused: boolean
  #delivering = false
  #owesDrain = false
  #queued = false
  #ending = false
  #sentEnd = false
  #gotEnd = false
  #toldEnd = false
  #dead = false

  /** Streams the peer opened start paused, ours start flowing. */
  constructor(core: MuxCore, { id, sink, send, receive }: StreamStart) {
    this.id = id
    this.sink = sink ?? IDLE_SINK
    this.#paused = sink === undefined
    this.#core = core
    this.#credit = send
    this.#low = Math.min(LOW_CREDIT, Math.floor(send / 4))
    this.#window = new ReceiveWindow(core.budget, receive, core.now())
  }

  write(bytes: Uint8Array, slab: Slab = SHARED_SLAB): boolean {
    if (this.#dead || this.#ending) return true
    const taken = this.#unsent.length === 0 ? this.#emit(bytes, slab) : 0
    if (taken < bytes.length) this.#unsent.push(copyOf(bytes.subarray(taken)))
    return this.#mayGoOn() || this.#wait()
  }

  end(): void {
    if (this.#dead || this.#ending) return
    this.#ending = true
    if (this.#unsent.length === 0) this.#sendEnd()
  }

  reset(code: number = RESET.cancel): void {
    if (this.#dead) return
    this.#core.sendReset(this.id, code)
    this.die(code)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused || this.#dead) return
    this.#paused = false
    if (!this.#delivering) this.#deliver()
  }

  /** The core's turn for this stream: sends what waits, at most one frame; true when more could be sent now. */
  turn(): boolean {
    this.#queued = false
    const first = this.#unsent[0]
    if (first) {
      const taken = this.#emit(first, NO_SLAB)
      if (taken === first.length) this.#unsent.shift()
      else this.#unsent[0] = first.subarray(taken)
      return this.#afterTurn()
    }
    this.#tellDrained()
    return false
  }

  /** Whether the stream waits for room on the link, rather than for credit. */
  get wantsTurn(): boolean {
    return !this.#dead && (this.#unsent.length > 0 ? this.#credit > 0 : this.#owesDrain && this.#credit >= this.#low)
  }

  /** Bytes of DATA both ways since this was asked last. */
  takeMoved(): number {
    const moved = this.#moved
    this.#moved = 0
    return moved
  }

  /** Marks the stream as standing in the core's queue; false when it already does. */
  enqueue(): boolean {
    if (this.#queued) return false
    this.#queued = true
    return true
  }

  /** DATA came in. False when it is more than was granted. */
  receive(bytes: Uint8Array, slab: Slab): boolean {
    if (this.#dead) return true
    if (this.#gotEnd || !this.#window.received(bytes.length)) return false
    this.#moved += bytes.length
    if (this.#paused || this.#unread.length > 0) this.#keep(bytes, slab)
    else this.#hand(bytes, slab)
    return true
  }

  receiveEnd(): void {
    this.#gotEnd = true
    if (!this.#paused && !this.#delivering) this.#deliver()
  }

  receiveCredit(bytes: number): void {
    this.#credit += bytes
    if (this.wantsTurn) this.#core.ready(this)
  }

  /** Ends without a word to the peer: it said RESET, or the link is gone. */
  die(code: number | undefined): void {
    if (this.#dead) return
    this.#dead = true
    this.#unsent = []
    for (const part of this.#unread) this.#drop(part)
    this.#unread = []
    this.#window.release()
    this.#core.forget(this.id)
    this.sink.closed(code)
    this.sink = IDLE_SINK
  }

  #emit(bytes: Uint8Array, slab: Slab): number {
    const taken = this.#core.emit(this.id, { bytes, slab }, this.#credit)
    this.#credit -= taken
    this.#moved += taken
    return taken
  }

  #mayGoOn(): boolean {
    return this.#unsent.length === 0 && this.#credit >= this.#low && this.#core.hasRoom
  }

  #wait(): false {
    this.#owesDrain = true
    if (this.wantsTurn) this.#core.ready(this)
    return false
  }

  #afterTurn(): boolean {
    if (this.#unsent.length > 0) return this.#credit > 0
    if (this.#ending) this.#sendEnd()
    return this.wantsTurn
  }

  #tellDrained(): void {
    if (!this.#owesDrain || this.#credit < this.#low) return
    this.#owesDrain = false
    if (!this.#ending) this.sink.drained()
  }

  #sendEnd(): void {
    this.#sentEnd = true
    this.#core.sendEnd(this.id)
    this.#finish()
  }

  #keep(bytes: Uint8Array, slab: Slab): void {
    this.#core.budget.unread += bytes.length
    if (bytes.length < COPY_BELOW || !slab.pinnable) {
      this.#unread.push({ bytes: copyOf(bytes), slab: undefined })
      return
    }
    slab.pin()
    this.#unread.push({ bytes, slab })
  }

  #drop(part: Unread): void {
    this.#core.budget.unread -= part.bytes.length
    part.slab?.unpin()
  }

  #hand(bytes: Uint8Array, slab: Slab): void {
    this.sink.data(bytes, slab)
    if (this.#dead) return
    const credit = this.#window.consumed(bytes.length, this.#core.now)
    if (credit > 0 && !this.#gotEnd) this.#core.sendWindow(this.id, credit)
  }

  #deliver(): void {
    this.#delivering = true
    while (!this.#paused && !this.#dead && this.#unread.length > 0) {
      const part = this.#unread.shift() as Unread
      this.#hand(part.bytes, part.slab ?? NO_SLAB)
      this.#drop(part)
    }
    this.#delivering = false
    if (!this.#paused && !this.#dead && this.#gotEnd && this.#unread.length === 0) this.#tellEnd()
  }

  #tellEnd(): void {
    if (this.#toldEnd) return
    this.#toldEnd = true
    this.sink.ended()
    this.#finish()
  }

  #finish(): void {
    if (this.#sentEnd && this.#toldEnd) this.die(undefined)
  }
}

/** Not `slice`: on a Node Buffer that is a view. */
const copyOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)
