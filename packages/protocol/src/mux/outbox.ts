/** Owns the bytes waiting for a link's socket: small frames are copied together, one write carries a whole turn. */
import type { Channel, Part, Slab } from '../channel.ts'
import { FRAME, HEADER_BYTES, putHeader, putU32 } from './frame.ts'

/** Where the bytes of a link go. */
export type LinkOut = Pick<Channel, 'write' | 'writeBoth'>

/** Runs a function once, after the current burst of input has been worked off. */
export type Defer = (run: () => void) => void

const BLOCK_BYTES = 256 * 1024
/** A payload this long is sent from where it lies. */
const IN_PLACE_BYTES = 32 * 1024
/** A block this full is sent at once, so that the peer can work on it while we fill the next. */
const EAGER_BYTES = 64 * 1024

/** So many frames go at once before a turn is waited for again, to see whether others come with it. */
const ALONE_FRAMES = 16

/** A reusable write buffer. Idle links hold none. */
class Block implements Slab {
  readonly pinnable = true
  readonly bytes = new Uint8Array(BLOCK_BYTES)
  used = 0
  #pins = 0

  pin(): void {
    this.#pins++
  }

  unpin(): void {
    this.#pins--
    if (this.#pins === 0) giveBlock(this)
  }
}

/** Blocks kept for reuse by all links of the process; the rest is left to the garbage collector. */
const SPARE_BLOCKS = 16
const spare: Block[] = []
const takeBlock = (): Block => spare.pop() ?? new Block()
const giveBlock = (block: Block): void => {
  block.used = 0
  if (spare.length < SPARE_BLOCKS) spare.push(block)
}

/** The write side of one link. */
export class Outbox {
  readonly #out: LinkOut
  readonly #defer: Defer
  readonly #capacity: number
  #full: Block[] = []
  #block: Block | undefined
  #bytes = 0
  #busy = false
  #scheduled = false
  #closed = false
  /** Frames added since the last turn. */
  #frames = 0
  /** Frames that may go at once, as the last turn had only one to send. */
  #alone = 0

  constructor(out: LinkOut, defer: Defer, capacity: number) {
    this.#out = out
    this.#defer = defer
    this.#capacity = capacity
  }

  /** Bytes waiting. */
  get bytes(): number {
    return this.#bytes
  }

  get busy(): boolean {
    return this.#busy
  }

  /** Bytes of DATA that may be added now; control frames are always taken. */
  get room(): number {
    return this.#capacity - this.#bytes
  }

  /** Adds one DATA frame: copied, or sent at once from where it lies when it is long and the link is free. */
  data(id: number, payload: Uint8Array, slab: Slab): void {
    if (this.#closed) return
    if (
      payload.length >= IN_PLACE_BYTES &&
      slab.pinnable &&
      !this.#busy &&
      this.#full.length === 0 &&
      this.#out.writeBoth
    ) {
      return this.#sendInPlace(id, { bytes: payload, slab })
    }
    const block = this.#reserve(HEADER_BYTES + payload.length)
    putHeader(block.bytes, block.used, { type: FRAME.data, length: payload.length, id })
    block.bytes.set(payload, block.used + HEADER_BYTES)
    this.#added(block, HEADER_BYTES + payload.length)
  }

  /** Copies one frame of another type in. */
  frame(type: number, id: number, payload: Uint8Array): void {
    if (this.#closed) return
    const block = this.#reserve(HEADER_BYTES + payload.length)
    putHeader(block.bytes, block.used, { type, length: payload.length, id })
    block.bytes.set(payload, block.used + HEADER_BYTES)
    this.#added(block, HEADER_BYTES + payload.length)
  }

  /** A frame whose payload is one number: window, reset. */
  number(type: number, id: number, value: number): void {
    if (this.#closed) return
    const block = this.#reserve(HEADER_BYTES + 4)
    putHeader(block.bytes, block.used, { type, length: 4, id })
    putU32(block.bytes, block.used + HEADER_BYTES, value)
    this.#added(block, HEADER_BYTES + 4)
  }

  /** Bytes outside any frame: the preface. */
  raw(bytes: Uint8Array): void {
    const block = this.#reserve(bytes.length)
    block.bytes.set(bytes, block.used)
    this.#added(block, bytes.length)
  }

  /** The link takes bytes again. */
  drained(): void {
    this.#busy = false
    this.flush()
  }

  /** Sends what waits, as far as the link takes it. */
  flush(): void {
    while (!this.#busy && !this.#closed) {
      const block = this.#full.shift() ?? this.#takeCurrent()
      if (!block) return
      this.#send(block)
    }
  }

  /** Hands everything that waits to the link, busy or not, and takes nothing more. */
  close(): void {
    if (this.#block) this.#full.push(this.#block)
    for (const block of this.#full) this.#send(block)
    this.#closed = true
    this.#full = []
    this.#block = undefined
  }

  #takeCurrent(): Block | undefined {
    const block = this.#block
    this.#block = undefined
    return block
  }

  #send(block: Block): void {
    this.#bytes -= block.used
    // Pinned around the write, so that a write that finishes at once gives the block back here.
    block.pin()
    this.#busy = !this.#out.write(block.bytes.subarray(0, block.used), block)
    block.unpin()
  }

  #sendInPlace(id: number, payload: Part): void {
    const block = this.#reserve(HEADER_BYTES)
    putHeader(block.bytes, block.used, { type: FRAME.data, length: payload.bytes.length, id })
    this.#bytes -= block.used
    block.used += HEADER_BYTES
    this.#block = undefined
    block.pin()
    this.#busy = !this.#out.writeBoth?.({ bytes: block.bytes.subarray(0, block.used), slab: block }, payload)
    block.unpin()
  }

  #reserve(bytes: number): Block {
    const block = this.#block
    if (block && block.used + bytes <= BLOCK_BYTES) return block
    if (block) this.#full.push(block)
    this.#block = takeBlock()
    return this.#block
  }

  #added(block: Block, bytes: number): void {
    block.used += bytes
    this.#bytes += bytes
    this.#frames++
    if (this.#bytes >= EAGER_BYTES && !this.#busy) this.flush()
    else if (!this.#scheduled) this.#schedule()
  }

  #schedule(): void {
    if (this.#busy || this.#closed) return
    if (this.#alone > 0) {
      this.#alone--
      return this.flush()
    }
    this.#scheduled = true
    this.#frames = 1
    this.#defer(this.#turn)
  }

  readonly #turn = (): void => {
    this.#scheduled = false
    if (this.#frames === 1) this.#alone = ALONE_FRAMES
    this.flush()
  }
}
