/** Owns what a visitor asks and is answered, whichever HTTP version it speaks. */
import type { Readable, Writable } from 'node:stream'
import type { Visitor } from '../edge/visitor.ts'
import type { Head, HeadField } from './head.ts'

/** How a final head goes on. */
export interface Follows {
  /** Nothing: it is the whole answer. */
  readonly nothing: boolean
  /** Perhaps trailers, after the body. */
  readonly trailers: boolean
}

/** The way back to the visitor. All of it is harmless once the visitor is gone. */
export interface Answer {
  /** The final head has gone out. */
  readonly begun: boolean
  /** `fail` before a head tells its code, so that no page is needed. */
  readonly saysCodes: boolean
  /** Takes the body. */
  readonly body: Writable
  /** 1xx, where the visitor's protocol can say it. */
  interim(status: number, fields: readonly HeadField[]): void
  begin(status: number, fields: readonly HeadField[], follows: Follows): void
  /** The body is complete. */
  finish(trailers: readonly HeadField[]): void
  /** Breaks the answer off with an HTTP/2 error code. */
  fail(code: number): void
}

/** One request and the way to answer it. */
export interface Asked {
  readonly head: Head
  readonly visitor: Visitor
  readonly body: Readable
  /** Trailers of the request; complete when the body has ended. */
  trailers(): readonly HeadField[]
  readonly answer: Answer
  /** Aborts when the visitor leaves before the answer is complete. */
  readonly signal: AbortSignal
}
