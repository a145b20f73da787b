/** Owns variable-length integers as QUIC writes them (RFC 9000 §16): 1, 2, 4 or 8 bytes, up to 2^53-1 here. */
import { AppError } from '../errors.ts'

const TWO_30 = 2 ** 30
const TWO_32 = 2 ** 32

/** Bytes that the shortest form of `value` takes. */
export const varintBytes = (value: number): number => (value < 64 ? 1 : value < 16_384 ? 2 : value < TWO_30 ? 4 : 8)

/** Writes the shortest form of a whole number from 0 to 2^53-1; answers the place after it. */
export const putVarint = (into: Uint8Array, at: number, value: number): number => {
  const bytes = varintBytes(value)
  if (bytes === 8) putWord(into, at, Math.floor(value / TWO_32))
  if (bytes >= 4) putWord(into, at + bytes - 4, value % TWO_32)
  if (bytes === 2) into[at] = value >>> 8
  if (bytes <= 2) into[at + bytes - 1] = value
  into[at] = (into[at] as number) | PREFIX[bytes as 1 | 2 | 4 | 8]
  return at + bytes
}

/** The two high bits of the first byte, by length. */
const PREFIX = { 1: 0, 2: 0x40, 4: 0x80, 8: 0xc0 } as const

const putWord = (into: Uint8Array, at: number, word: number): void => {
  into[at] = word >>> 24
  into[at + 1] = word >>> 16
  into[at + 2] = word >>> 8
  into[at + 3] = word
}

/** Reads numbers from `bytes` one after another. Longer forms than needed are read too. Throws PROTOCOL_ERROR. */
export class VarintReader {
  readonly #bytes: Uint8Array
  /** Where the next read begins. */
  at = 0

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.at = at
  }

  byte(): number {
    const value = this.#bytes[this.at]
    if (value === undefined) throw short()
    this.at++
    return value
  }

  next(): number {
    const first = this.byte()
    const more = (1 << (first >>> 6)) - 1
    if (this.at + more > this.#bytes.length) throw short()
    let value = first & 0x3f
    for (let read = 0; read < more; read++) value = value * 256 + (this.#bytes[this.at++] as number)
    if (value > Number.MAX_SAFE_INTEGER) throw new AppError('PROTOCOL_ERROR', { problem: 'a number over 2^53-1' })
    return value
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.at)
  }

  /** Nothing may follow. */
  end(): void {
    if (this.at !== this.#bytes.length)
      throw new AppError('PROTOCOL_ERROR', { problem: 'bytes after the end of a body' })
  }
}

const short = (): AppError => new AppError('PROTOCOL_ERROR', { problem: 'a frame that ends too early' })
