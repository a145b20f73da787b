/** Owns telling from its first bytes what a connection speaks. */
import { PREFACE } from '@towline/protocol'

/** `more`: it may still become a link or HTTP/2. `unknown`: nothing we speak. */
export type Spoken = 'tls' | 'link' | 'h2' | 'http1' | 'more' | 'unknown'

/** First byte of a TLS record that carries a handshake (RFC 8446 §5.1). */
const TLS_HANDSHAKE = 0x16

/** Fixed first bytes. They begin with letters as HTTP/1 methods do, so they are compared first. */
const OPENINGS: readonly (readonly [Spoken, Buffer])[] = [
  ['link', Buffer.from(PREFACE, 'latin1')],
  // RFC 9113 §3.4
  ['h2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')],
]

/** `bytes` are all first bytes so far, at least one. */
export const sniff = (bytes: Uint8Array): Spoken => {
  const first = bytes[0] as number
  if (first === TLS_HANDSHAKE) return 'tls'
  if (!isLetter(first)) return 'unknown'
  for (const [spoken, opening] of OPENINGS) {
    const has = Math.min(bytes.length, opening.length)
    if (opening.compare(bytes, 0, has, 0, has) !== 0) continue
    return has === opening.length ? spoken : 'more'
  }
  return 'http1'
}

const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
