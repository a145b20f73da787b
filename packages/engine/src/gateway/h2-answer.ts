/** Owns answering a visitor's HTTP/2 stream. */
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { Writable } from 'node:stream'
import type { Answer, Follows } from './asked.ts'
import { CONNECTION_FIELDS, type HeadField } from './head.ts'

const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants

/** See {@link Answer}. */
export class H2Answer implements Answer {
  readonly saysCodes = true
  readonly #stream: ServerHttp2Stream
  /** Nothing more will be said: whole, or broken off by us. */
  done = false
  #waitsForTrailers = false
  #trailers: readonly HeadField[] = []

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
    stream.on('wantTrailers', () => this.#sendTrailers())
  }

  get begun(): boolean {
    return this.#stream.headersSent
  }

  get body(): Writable {
    return this.#stream
  }

  interim(status: number, fields: readonly HeadField[]): void {
    if (this.#stream.destroyed || this.begun || status === 101) return
    this.#stream.additionalHeaders({ ':status': status, ...headersOf(fields) })
  }

  /** What HTTP/2 cannot say breaks the answer off: two values of a field that has one. */
  begin(status: number, fields: readonly HeadField[], { nothing, trailers }: Follows): void {
    if (this.#stream.destroyed || this.begun) return
    this.#waitsForTrailers = trailers && !nothing
    try {
      const options = { endStream: nothing, waitForTrailers: this.#waitsForTrailers }
      this.#stream.respond({ ':status': status, ...headersOf(fields) }, options)
    } catch {
      return this.fail(NGHTTP2_INTERNAL_ERROR)
    }
    if (!nothing) return
    this.done = true
    this.#leaveRest()
  }

  finish(trailers: readonly HeadField[]): void {
    this.done = true
    if (this.#stream.destroyed) return
    this.#trailers = trailers
    if (!this.#waitsForTrailers) this.#stream.once('finish', () => this.#leaveRest())
    this.#stream.end()
  }

  fail(code: number): void {
    this.done = true
    if (!this.#stream.destroyed) this.#stream.close(code)
  }

  #sendTrailers(): void {
    if (this.#stream.destroyed) return
    try {
      this.#stream.sendTrailers(headersOf(this.#trailers))
    } catch {
      return this.fail(NGHTTP2_INTERNAL_ERROR)
    }
    this.#leaveRest()
  }

  /** A request body that nobody will read any more is stopped without an error (RFC 9113 §8.1), once our end is out. */
  #leaveRest(): void {
    const stream = this.#stream
    if (stream.destroyed) return
    stream.resume()
    if (stream.endAfterHeaders) return
    setImmediate(() => {
      if (!stream.destroyed && !stream.readableEnded) stream.close(NGHTTP2_NO_ERROR)
    })
  }
}

/** Without what belongs to one connection; several values of a field become a list. */
export const headersOf = (fields: readonly HeadField[]): OutgoingHttpHeaders => {
  const headers: Record<string, string | string[]> = Object.create(null)
  for (const [name, value] of fields) {
    if (CONNECTION_FIELDS.has(name) || name.startsWith(':')) continue
    const before = headers[name]
    headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]
  }
  return headers
}
