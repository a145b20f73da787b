/** Owns counting a message body (RFC 9112 §6): none, so many bytes, chunked, or until the stream ends. */
import type { Limits } from '@towline/protocol'
import { ChunkScanner } from './chunked.ts'

const KIND = { none: 0, length: 1, chunked: 2, close: 3 } as const

/** Follows the body of one message at a time. */
export class Body {
  #kind: (typeof KIND)[keyof typeof KIND] = KIND.none
  #left = 0
  #chunks: ChunkScanner | undefined
  readonly #limits: Limits
  readonly #fromVisitor: boolean

  constructor(limits: Limits, fromVisitor: boolean) {
    this.#limits = limits
    this.#fromVisitor = fromVisitor
  }

  get done(): boolean {
    if (this.#kind === KIND.length) return this.#left === 0
    return this.#kind === KIND.none || (this.#kind === KIND.chunked && (this.#chunks as ChunkScanner).done)
  }

  /** Whether only the end of the stream ends it. */
  get untilClose(): boolean {
    return this.#kind === KIND.close
  }

  startNone(): void {
    this.#kind = KIND.none
  }

  startLength(bytes: number): void {
    this.#kind = KIND.length
    this.#left = bytes
  }

  startChunked(): void {
    this.#chunks ??= new ChunkScanner(this.#limits, this.#fromVisitor)
    this.#chunks.reset()
    this.#kind = KIND.chunked
  }

  startUntilClose(): void {
    this.#kind = KIND.close
  }

  /** Answers where the body ends among from..end, or `end` when it goes on. Throws HEAD_INVALID or HEAD_TOO_LARGE. */
  take(bytes: Uint8Array, from: number, end: number): number {
    if (this.#kind === KIND.none) return from
    if (this.#kind === KIND.close) return end
    if (this.#kind === KIND.chunked) return (this.#chunks as ChunkScanner).take(bytes, from, end)
    const taken = Math.min(this.#left, end - from)
    this.#left -= taken
    return from + taken
  }
}
