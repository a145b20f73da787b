/** Owns answering a visitor's HTTP/1 request. */
import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import type { Answer, Follows } from './asked.ts'
import { CONNECTION_FIELDS, type HeadField, mutable } from './head.ts'

/** See {@link Answer}. */
export class H1Answer implements Answer {
  readonly saysCodes = false
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
    response.sendDate = false
  }

  get begun(): boolean {
    return this.#response.headersSent
  }

  get body(): Writable {
    return this.#response
  }

  /** 100 and 103; other interim answers say nothing that a visitor could use. */
  interim(status: number, fields: readonly HeadField[]): void {
    if (this.begun || this.#response.destroyed) return
    if (status === 100) this.#response.writeContinue()
    const links = fields.filter(([name]) => name === 'link').map(([, value]) => value)
    if (status === 103 && links.length > 0) this.#response.writeEarlyHints({ link: links })
  }

  begin(status: number, fields: readonly HeadField[], { nothing }: Follows): void {
    if (this.begun || this.#response.destroyed) return
    const kept = fields.filter(([name]) => !CONNECTION_FIELDS.has(name) && !name.startsWith(':'))
    this.#response.writeHead(status, kept.flat())
    if (nothing) this.#response.end()
    else this.#response.flushHeaders()
  }

  /** Trailers need chunks, which an answer with a length does not have. */
  finish(trailers: readonly HeadField[]): void {
    if (trailers.length > 0) this.#response.addTrailers(mutable(trailers))
    this.#response.end()
  }

  fail(): void {
    this.#response.destroy()
  }
}
