/** Owns what the edge says about a visitor to upstreams: X-Forwarded-*, X-Real-IP, Forwarded (RFC 7239). */
import { ascii, sameBytes, text } from './h1/bytes.ts'
import type { RequestHead } from './h1/request-head.ts'
import type { Visitor } from './visitor.ts'

/** One visitor connection's routing host and vouched fields; both follow the Host field and are kept while it stays the same. */
export class Forwarding {
  /** Lower case, without port and trailing dot: what routes and authorizes. Empty when there is no Host. */
  host = ''
  /** The fields, ending in `X-Request-Id: `. */
  vouched: Uint8Array = new Uint8Array(0)
  #raw: Uint8Array | undefined
  readonly #visitor: Visitor

  constructor(visitor: Visitor) {
    this.#visitor = visitor
  }

  /** Follows the Host field of a request. */
  read(head: RequestHead): void {
    const { bytes, fields, host } = head
    const from = host < 0 ? 0 : (fields.at[4 * host + 2] as number)
    const to = host < 0 ? 0 : (fields.at[4 * host + 3] as number)
    if (this.#raw?.length === to - from && sameBytes(bytes, from, this.#raw)) return
    this.#raw = Uint8Array.prototype.slice.call(bytes, from, to)
    const raw = text(bytes, from, to)
    this.host = routingHost(raw)
    this.vouched = ascii(vouchedFields(this.#visitor, raw))
  }
}

/** The host name of a valid Host field. */
export const routingHost = (raw: string): string => {
  const name = raw.replace(/:\d*$/, '').toLowerCase()
  return name.endsWith('.') ? name.slice(0, -1) : name
}

/** Our fields, ending in `X-Request-Id: `; `host` is the visitor's valid Host field. */
const vouchedFields = ({ address, secure }: Visitor, host: string): string => {
  const proto = secure ? 'https' : 'http'
  const node = address.includes(':') ? `"[${address}]"` : address
  return [
    `X-Forwarded-For: ${address}`,
    `X-Forwarded-Proto: ${proto}`,
    `X-Forwarded-Host: ${host}`,
    `X-Real-IP: ${address}`,
    `Forwarded: for=${node};host="${host}";proto=${proto}`,
    'X-Request-Id: ',
  ].join('\r\n')
}
