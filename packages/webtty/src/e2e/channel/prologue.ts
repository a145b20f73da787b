/** Owns what both sides mix into the handshake before its first message: of what, with whom, and when. */
import { concat, utf8 } from '../crypto/bytes.ts'
import { suiteOf, XK } from '../noise/handshake.ts'

export interface PrologueParts {
  /** Slug or id, as the client knows the server; empty when it named none. */
  readonly project: string
  /** Of the server, as the client typed it. */
  readonly name: string
  readonly fingerprint: string
  /** 16 random bytes of the client. */
  readonly nonce: Uint8Array
}

/** Each part with its length before it as 2 bytes, big-endian, so that no two prologues read alike (docs/protocol/e2e.md §5). */
export const prologueOf = ({ project, name, fingerprint, nonce }: PrologueParts): Uint8Array => {
  const texts = ['webtty-e2e/1', suiteOf(XK), project, name, fingerprint, 'session']
  return concat(...[...texts.map(utf8), nonce].flatMap((part) => [lengthOf(part), part]))
}

const lengthOf = ({ length }: Uint8Array): Uint8Array => Uint8Array.of(length >> 8, length & 0xff)
