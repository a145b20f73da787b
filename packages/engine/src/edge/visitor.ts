/** Owns what the edge knows of a visitor's connection before any byte of a request is read. */

export interface Visitor {
  /** IP address without brackets; IPv4-mapped IPv6 is written as IPv4. */
  readonly address: string
  readonly port: number
  /** Port of ours that the visitor reached. */
  readonly localPort: number
  /** Whether the bytes came over TLS. */
  readonly secure: boolean
}
