/** Owns reading big-endian numbers and length-prefixed blocks (RFC 8446 §3) without ever passing the end. */
import type { AppError } from '@towline/protocol'

/** Reads from the front; whatever is missing throws the error that `fail` makes. */
export class ByteReader {
  readonly #bytes: Buffer
  readonly #fail: (problem: string) => AppError
  #at = 0

  constructor(bytes: Buffer, fail: (problem: string) => AppError) {
    this.#bytes = bytes
    this.#fail = fail
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at
  }

  u8(): number {
    return this.#take(1)[0] as number
  }

  u16(): number {
    return this.#take(2).readUInt16BE(0)
  }

  peek16(): number {
    const value = this.u16()
    this.#at -= 2
    return value
  }

  skip(count: number): void {
    this.#take(count)
  }

  /** A block after its length in one byte. */
  block8(): ByteReader {
    return new ByteReader(this.#take(this.u8()), this.#fail)
  }

  /** A block after its length in two bytes. */
  block16(): ByteReader {
    return new ByteReader(this.#take(this.u16()), this.#fail)
  }

  /** The rest, one char a byte. */
  text(): string {
    return this.#take(this.left).toString('latin1')
  }

  /** Throws when something is left. */
  finish(): void {
    if (this.left > 0) throw this.#fail('bytes after the end')
  }

  #take(count: number): Buffer {
    if (count > this.left) throw this.#fail('it ends too early')
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }
}
