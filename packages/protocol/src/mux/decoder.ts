/** Owns cutting the byte stream of a link into frames: DATA payloads are handed on as they come, all others whole. */
import { AppError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { Slab } from '../channel.ts'
import { FIXED_PAYLOAD, FRAME, getU32, HEADER_BYTES } from './frame.ts'

/** Who hears what was decoded. Views are valid only during the call unless `slab` is pinned. */
export interface FrameSink {
  /** A part of a DATA payload of stream `id`; empty payloads are not reported. */
  data(id: number, bytes: Uint8Array, slab: Slab): void
  /** A whole frame of another type. */
  frame(type: number, id: number, payload: Uint8Array): void
}

const EMPTY = new Uint8Array(0)

/** Incremental decoder; holds at most one header and one non-DATA payload. Throws AppError PROTOCOL_ERROR and is then dead. */
export class Decoder {
  readonly #sink: FrameSink
  readonly #limits: Limits
  readonly #head = new Uint8Array(HEADER_BYTES)
  #headBytes = 0
  #type = 0
  #id = 0
  /** Bytes of the current payload still to come. */
  #missing = 0
  /** Collected part of a non-DATA payload that came in pieces. */
  #body = EMPTY
  #bodyBytes = 0

  constructor(sink: FrameSink, limits: Limits) {
    this.#sink = sink
    this.#limits = limits
  }

  /** Takes any cut of the stream. */
  push(bytes: Uint8Array, slab: Slab): void {
    let at = 0
    while (at < bytes.length) at = this.#missing > 0 ? this.#payload(bytes, at, slab) : this.#header(bytes, at)
  }

  #header(bytes: Uint8Array, at: number): number {
    if (this.#headBytes === 0 && bytes.length - at >= HEADER_BYTES) {
      this.#begin(bytes, at)
      return at + HEADER_BYTES
    }
    const taken = Math.min(HEADER_BYTES - this.#headBytes, bytes.length - at)
    this.#head.set(bytes.subarray(at, at + taken), this.#headBytes)
    this.#headBytes += taken
    if (this.#headBytes === HEADER_BYTES) {
      this.#headBytes = 0
      this.#begin(this.#head, 0)
    }
    return at + taken
  }

  #begin(from: Uint8Array, at: number): void {
    const word = getU32(from, at)
    this.#type = word >>> 24
    this.#missing = word & 0xffffff
    this.#id = getU32(from, at + 4)
    this.#check()
    if (this.#missing > 0) return
    if (this.#type !== FRAME.data) this.#sink.frame(this.#type, this.#id, EMPTY)
  }

  #check(): void {
    const fixed = FIXED_PAYLOAD[this.#type]
    const most = this.#type === FRAME.data ? this.#limits.muxFramePayload : this.#limits.muxControlPayload
    if (this.#missing > most) throw new AppError('PROTOCOL_ERROR', { problem: `a frame of ${this.#missing} bytes` })
    if (fixed !== undefined && fixed !== this.#missing) {
      throw new AppError('PROTOCOL_ERROR', { problem: `a frame of type ${this.#type} with ${this.#missing} bytes` })
    }
  }

  #payload(bytes: Uint8Array, at: number, slab: Slab): number {
    const taken = Math.min(this.#missing, bytes.length - at)
    this.#missing -= taken
    const part = bytes.subarray(at, at + taken)
    if (this.#type === FRAME.data) this.#sink.data(this.#id, part, slab)
    else this.#collect(part)
    return at + taken
  }

  #collect(part: Uint8Array): void {
    if (this.#bodyBytes === 0 && this.#missing === 0) {
      this.#sink.frame(this.#type, this.#id, part)
      return
    }
    if (this.#bodyBytes === 0) this.#body = new Uint8Array(part.length + this.#missing)
    this.#body.set(part, this.#bodyBytes)
    this.#bodyBytes += part.length
    if (this.#missing > 0) return
    const whole = this.#body
    this.#body = EMPTY
    this.#bodyBytes = 0
    this.#sink.frame(this.#type, this.#id, whole)
  }
}
