/** Owns cutting a byte stream into records of u32 length and body, without a copy where a record came whole. */
import { copyOf, getU32, LIMITS } from '@towline/protocol'

const LENGTH_BYTES = 4
const CLOSE_BYTES_MAX = 125
const EMPTY = new Uint8Array(0)
const FIRST_BYTES = 1024
/** How much more than has come is reserved at most. */
const AHEAD = 4
/** A place up to this is kept for the next record. */
const PLACE_BYTES = 128 * 1024

/** Who hears what was read. Views are valid only during the call. */
export interface RecordSink {
  message(bytes: Uint8Array): void
  close(body: Uint8Array): void
  tooLong(): void
}

/** Takes any cut of the stream. While `paused` it keeps what it was given, and hands nothing on. */
export class MessageReader {
  paused = true
  readonly #sink: RecordSink
  /** The beginning of a record: head and body as far as they came. */
  #part = EMPTY
  #partBytes = 0
  /** What came while paused. */
  #kept: Uint8Array[] = []
  #reading = false
  #stopped = false

  constructor(sink: RecordSink) {
    this.#sink = sink
  }

  /** Whether all that was pushed was read, but for the beginning of a record. */
  get idle(): boolean {
    return this.#kept.length === 0 && !this.#reading
  }

  push(bytes: Uint8Array): void {
    if (this.#stopped) return
    if (this.paused || this.#reading) this.#kept.push(copyOf(bytes))
    else this.#run(bytes)
  }

  resume(): void {
    this.paused = false
    if (this.#reading) return
    while (!this.paused && this.#kept.length > 0) this.#run(this.#kept.shift() as Uint8Array)
  }

  /** Nothing more is handed on. */
  stop(): void {
    this.#stopped = true
    this.#kept = []
    this.#part = EMPTY
  }

  #run(bytes: Uint8Array): void {
    this.#reading = true
    let at = 0
    try {
      while (at < bytes.length && !this.paused && !this.#stopped) at = this.#read(bytes, at)
    } finally {
      this.#reading = false
    }
    if (this.#stopped || at === bytes.length) return
    this.#kept.unshift(copyOf(bytes.subarray(at)))
  }

  /** Reads one record, or keeps the part of it that is there. Answers where the next begins. */
  #read(bytes: Uint8Array, at: number): number {
    if (this.#partBytes > 0) return this.#complete(bytes, at)
    const there = bytes.length - at
    if (there < LENGTH_BYTES) return this.#keep(bytes, [at, bytes.length])
    const word = getU32(bytes, at)
    const end = at + LENGTH_BYTES + lengthOf(word)
    if (isTooLong(word)) return this.#refuse(bytes)
    if (end > bytes.length) return this.#keep(bytes, [at, bytes.length], end - at)
    this.#tell(word, bytes.subarray(at + LENGTH_BYTES, end))
    return end
  }

  #complete(bytes: Uint8Array, at: number): number {
    if (this.#partBytes < LENGTH_BYTES) {
      const end = Math.min(bytes.length, at + LENGTH_BYTES - this.#partBytes)
      return this.#keep(bytes, [at, end])
    }
    const word = getU32(this.#part, 0)
    if (isTooLong(word)) return this.#refuse(bytes)
    const total = LENGTH_BYTES + lengthOf(word)
    const end = Math.min(bytes.length, at + total - this.#partBytes)
    this.#keep(bytes, [at, end], total)
    if (this.#partBytes === total) this.#whole(word, total)
    return end
  }

  #whole(word: number, total: number): void {
    const part = this.#part
    this.#partBytes = 0
    if (part.length > PLACE_BYTES) this.#part = EMPTY
    this.#tell(word, part.subarray(LENGTH_BYTES, total))
  }

  #keep(bytes: Uint8Array, [from, to]: readonly [number, number], total = 0): number {
    const needed = this.#partBytes + to - from
    if (needed > this.#part.length) this.#grow(needed, total)
    this.#part.set(bytes.subarray(from, to), this.#partBytes)
    this.#partBytes = needed
    // An empty record is whole with its head.
    if (needed === LENGTH_BYTES && lengthOf(getU32(this.#part, 0)) === 0) this.#whole(getU32(this.#part, 0), needed)
    return to
  }

  #grow(needed: number, total: number): void {
    const place = Math.min(total, PLACE_BYTES, needed * AHEAD)
    const larger = new Uint8Array(Math.max(needed, this.#part.length * 2, FIRST_BYTES, place))
    larger.set(this.#part.subarray(0, this.#partBytes))
    this.#part = larger
  }

  #refuse(bytes: Uint8Array): number {
    this.stop()
    this.#sink.tooLong()
    return bytes.length
  }

  #tell(word: number, body: Uint8Array): void {
    if (word < 0x8000_0000) return this.#sink.message(body)
    this.stop()
    this.#sink.close(body)
  }
}

const lengthOf = (word: number): number => word & 0x7fff_ffff

const isTooLong = (word: number): boolean =>
  lengthOf(word) > (word < 0x8000_0000 ? LIMITS.webttyMessageBytes : CLOSE_BYTES_MAX)
