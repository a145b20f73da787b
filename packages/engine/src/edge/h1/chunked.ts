/** Owns following a chunked body (RFC 9112 §7.1) across reads: sizes, extensions and trailers are checked, nothing is changed. */
import { AppError, type Limits } from '@towline/protocol'
import { COLON, CR, EXTENSION, HEX, LF, SEMICOLON, TOKEN, VALUE } from './bytes.ts'
import { FIELD, fieldOf } from './fields.ts'

const STATE = {
  size: 0,
  extension: 1,
  sizeLf: 2,
  data: 3,
  dataCr: 4,
  dataLf: 5,
  line: 6,
  name: 7,
  value: 8,
  lineLf: 9,
  lastLf: 10,
  done: 11,
} as const

type State = (typeof STATE)[keyof typeof STATE]

/** 13 hex digits are at most 2^52. */
const SIZE_DIGITS = 13
/** Long enough for every name that matters; longer ones are nobody's. */
const NAME_BYTES = 64

const bad = (problem: string): AppError => new AppError('HEAD_INVALID', { problem })

/** Follows one body at a time. */
export class ChunkScanner {
  #state: State = STATE.size
  #digits = 0
  #left = 0
  #line = 0
  #trailers = 0
  #fields = 0
  readonly #name = new Uint8Array(NAME_BYTES)
  #nameLength = 0
  readonly #limits: Limits
  readonly #fromVisitor: boolean

  /** Trailers of visitors may not name fields that frame, route or identify; an upstream's are its own business. */
  constructor(limits: Limits, fromVisitor: boolean) {
    this.#limits = limits
    this.#fromVisitor = fromVisitor
  }

  get done(): boolean {
    return this.#state === STATE.done
  }

  /** Begins the next body. */
  reset(): void {
    this.#state = STATE.size
    this.#digits = 0
    this.#left = 0
    this.#line = 0
    this.#trailers = 0
    this.#fields = 0
  }

  /** Follows bytes from..end; answers where the body ends or `end`. Throws HEAD_INVALID or HEAD_TOO_LARGE. */
  take(bytes: Uint8Array, from: number, end: number): number {
    let pos = from
    while (pos < end && this.#state !== STATE.done) {
      if (this.#state === STATE.data) pos = this.#skip(pos, end)
      else this.#step(bytes[pos++] as number)
    }
    return pos
  }

  #skip(pos: number, end: number): number {
    const taken = Math.min(this.#left, end - pos)
    this.#left -= taken
    if (this.#left === 0) this.#state = STATE.dataCr
    return pos + taken
  }

  #step(byte: number): void {
    if (this.#state <= STATE.sizeLf) return this.#sizeLine(byte)
    if (this.#state <= STATE.dataLf) return this.#afterData(byte)
    if (++this.#trailers > this.#limits.trailerBytes) throw new AppError('HEAD_TOO_LARGE')
    if (this.#state === STATE.lastLf) return this.#expect(byte, LF, STATE.done)
    if (this.#state === STATE.lineLf) return this.#expect(byte, LF, STATE.line)
    if (this.#state === STATE.value) return this.#valueByte(byte)
    this.#nameByte(byte)
  }

  #sizeLine(byte: number): void {
    if (this.#state === STATE.sizeLf) return this.#sizeEnd(byte)
    if (++this.#line > this.#limits.chunkLineBytes) throw bad('a chunk size line is too long')
    if (this.#state === STATE.extension && EXTENSION[byte] === 1) return
    if (this.#state === STATE.size && HEX[byte] !== 255) return this.#digit(HEX[byte] as number)
    if (this.#digits === 0) throw bad('a chunk without a size')
    if (byte === CR) this.#state = STATE.sizeLf
    else if (byte === SEMICOLON && this.#state === STATE.size) this.#state = STATE.extension
    else throw bad('a chunk size line is not valid')
  }

  #digit(value: number): void {
    if (++this.#digits > SIZE_DIGITS) throw bad('a chunk size is too large')
    this.#left = this.#left * 16 + value
  }

  #sizeEnd(byte: number): void {
    this.#expect(byte, LF, this.#left > 0 ? STATE.data : STATE.line)
    this.#digits = 0
    this.#line = 0
  }

  #afterData(byte: number): void {
    if (this.#state === STATE.dataCr) this.#expect(byte, CR, STATE.dataLf)
    else this.#expect(byte, LF, STATE.size)
  }

  #nameByte(byte: number): void {
    if (this.#state === STATE.line && byte === CR) return void (this.#state = STATE.lastLf)
    if (this.#state === STATE.line) this.#beginField()
    if (byte === COLON && this.#nameLength > 0) return this.#endName()
    if (TOKEN[byte] !== 1) throw bad('a trailer name is not a token')
    if (this.#nameLength < NAME_BYTES) this.#name[this.#nameLength] = byte
    this.#nameLength++
  }

  #beginField(): void {
    if (++this.#fields > this.#limits.headFields) throw new AppError('HEAD_TOO_LARGE')
    this.#state = STATE.name
    this.#nameLength = 0
  }

  #endName(): void {
    this.#state = STATE.value
    if (!this.#fromVisitor) return
    const length = Math.min(this.#nameLength, NAME_BYTES)
    const field = fieldOf(this.#name, 0, length)
    if (field !== FIELD.other && field !== FIELD.accept) throw bad('a trailer names a field that belongs in the head')
  }

  #valueByte(byte: number): void {
    if (byte === CR) this.#state = STATE.lineLf
    else if (VALUE[byte] !== 1) throw bad('a control character in a trailer')
  }

  #expect(byte: number, expected: number, next: State): void {
    if (byte !== expected) throw bad('a line of a chunked body does not end in CR LF')
    this.#state = next
  }
}
