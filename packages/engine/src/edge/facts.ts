/** Owns what the steps before a tunnel may know of a visit: one parsed identity both routes and authorizes. */
import type { Principal, Tunnel } from '@towline/protocol'
import type { RequestHead } from './h1/request-head.ts'
import type { Visitor } from './visitor.ts'

/** A visit. Byte tunnels know only visitor and tunnel; the rest belongs to requests. */
export interface Facts {
  readonly visitor: Visitor
  readonly tunnel: Tunnel
  readonly method?: string
  /** Lower case, without port: what routed the request. */
  readonly host?: string
  readonly path?: string
  /** Without the "?". */
  readonly query?: string
  /** Value of a field by lower-case name; a list when the field came more than once. Answers only before the first await. */
  header?(name: string): string | readonly string[] | undefined
  /** Whose credential let the visit in; set by the step that asked for one. */
  guest?: Principal | undefined
}

/** The facts of a parsed HTTP/1 request. */
export class RequestFacts implements Facts {
  readonly visitor: Visitor
  readonly tunnel: Tunnel
  readonly host: string
  guest: Principal | undefined
  readonly #head: RequestHead

  constructor(visitor: Visitor, tunnel: Tunnel, { head, host }: { readonly head: RequestHead; readonly host: string }) {
    this.visitor = visitor
    this.tunnel = tunnel
    this.host = host
    this.#head = head
  }

  get method(): string {
    return this.#head.method
  }

  get path(): string {
    return this.#head.path
  }

  get query(): string {
    return this.#head.query
  }

  header(name: string): string | readonly string[] | undefined {
    const values = this.#head.fields.values(this.#head.bytes, name)
    return values.length > 1 ? values : values[0]
  }
}
