/** Owns the input of a process by absolute offset: what was written before is skipped, a gap or too much is refused. */
import { AppError } from '@towline/protocol'

export interface StdinOptions {
  /** Of the process. */
  readonly id: string
  readonly windowBytes: number
  readonly write: (bytes: Uint8Array) => void
  readonly end: () => void
  /** Writers may go up to this offset. */
  readonly granted: (maxOffset: number) => void
}

/** New room is told when it is a quarter of the window. */
const TELL_PARTS = 4
/** Answers of our own wait no longer than this for the process to take them. */
const OWN_BYTES = 4096

export class Stdin {
  readonly #options: StdinOptions
  #written = 0
  #own = 0
  #taken = 0
  #max: number
  #ended = false

  constructor(options: StdinOptions) {
    this.#options = options
    this.#max = options.windowBytes
  }

  /** Offset up to which may be written. */
  get max(): number {
    return this.#max
  }

  /** Offset of the byte that is to come next. */
  get next(): number {
    return this.#written
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Throws PROTOCOL_ERROR, PROCESS_TAKES_NO_INPUT. */
  write(offset: number, bytes: Uint8Array): void {
    if (offset > this.#written) throw broken(`input from ${offset} on, where ${this.#written} is next`)
    const fresh = bytes.subarray(Math.min(this.#written - offset, bytes.length))
    if (fresh.length === 0) return
    if (this.#ended)
      throw new AppError('PROCESS_TAKES_NO_INPUT', { id: this.#options.id, problem: 'its input was ended.' })
    if (this.#written + fresh.length > this.#max) throw broken('input that was not granted')
    this.#written += fresh.length
    this.#options.write(fresh)
  }

  /** Throws PROTOCOL_ERROR when bytes are missing before it. */
  end(finalOffset: number): void {
    if (finalOffset > this.#written) throw broken(`input ends at ${finalOffset}, where ${this.#written} is next`)
    if (this.#ended) return
    this.#ended = true
    this.#options.end()
  }

  /** What we answer for a terminal that nobody looks at; dropped when the program does not read. */
  writeOwn(bytes: Uint8Array): void {
    if (this.#ended || this.#written + this.#own - this.#taken + bytes.length > OWN_BYTES) return
    this.#own += bytes.length
    this.#options.write(bytes)
  }

  /** The process has taken more. */
  taken(count: number): void {
    this.#taken += count
    const { windowBytes, granted } = this.#options
    const max = Math.min(this.#taken - this.#own, this.#written) + windowBytes
    if (max - this.#max < windowBytes / TELL_PARTS) return
    this.#max = max
    granted(max)
  }
}

const broken = (problem: string): AppError => new AppError('PROTOCOL_ERROR', { problem })
