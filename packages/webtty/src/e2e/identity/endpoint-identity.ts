/** Owns what names one end of an encrypted connection: two public keys, their text and their fingerprint. */
import { AppError } from '@towline/protocol'
import { base64, concat, sameBytes, utf8 } from '../crypto/bytes.ts'
import type { CryptoProvider } from '../crypto/provider.ts'

/** The public half of an identity. It is pinned as a whole. */
export interface EndpointIdentity {
  /** Signs client proofs. */
  readonly ed25519: Uint8Array
  /** The static key of the handshake. */
  readonly x25519: Uint8Array
  /** `wtyid1…`, 117 characters. */
  readonly text: string
  /** `SHA256:` and 43 characters of base64, over both keys. */
  readonly fingerprint: string
}

const PREFIX = 'wtyid1'
const VERSION = 1
const KEY_BYTES = 32
const CHECK_BYTES = 4
const BODY_BYTES = 1 + 2 * KEY_BYTES
/** 69 bytes make 111 characters; the last holds 3 bits that must be zero. */
const TEXT_CHARS = PREFIX.length + Math.ceil(((BODY_BYTES + CHECK_BYTES) * 8) / 5)
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

export const endpointIdentity = (
  crypto: CryptoProvider,
  { ed25519, x25519 }: Pick<EndpointIdentity, 'ed25519' | 'x25519'>,
): EndpointIdentity => {
  const body = concat(Uint8Array.of(VERSION), ed25519, x25519)
  const text = PREFIX + toBase32(concat(body, checkOf(crypto, body)))
  const fingerprint = `SHA256:${base64(crypto.hash(concat(utf8('webtty-e2e/1 fingerprint\0'), ed25519, x25519)))}`
  return { ed25519, x25519, text, fingerprint }
}

/** Reads the text that `identity show --endpoint-identity` prints. Throws E2E_KEY_INVALID. */
export const parseEndpointIdentity = (crypto: CryptoProvider, text: string): EndpointIdentity => {
  if (!text.startsWith(PREFIX)) throw invalid(`it does not begin with ${PREFIX}`)
  if (text.length !== TEXT_CHARS) throw invalid(`it has ${text.length} characters, not ${TEXT_CHARS}`)
  const bytes = fromBase32(text.slice(PREFIX.length))
  if (!bytes) throw invalid('it holds other characters than a-z and 2-7')
  const body = bytes.subarray(0, BODY_BYTES)
  if (!sameBytes(bytes.subarray(BODY_BYTES), checkOf(crypto, body))) throw invalid('a character of it was mistyped')
  if (body[0] !== VERSION) throw invalid(`it is of version ${body[0]}, this side knows ${VERSION}`)
  const [ed25519, x25519] = [body.slice(1, 1 + KEY_BYTES), body.slice(1 + KEY_BYTES)]
  return endpointIdentity(crypto, { ed25519, x25519 })
}

/** Whether both are one identity: both keys count. */
export const isSameIdentity = (
  a: Pick<EndpointIdentity, 'ed25519' | 'x25519'>,
  b: Pick<EndpointIdentity, 'ed25519' | 'x25519'>,
): boolean => sameBytes(concat(a.ed25519, a.x25519), concat(b.ed25519, b.x25519))

/** Against slips of the hand, not against anyone. */
const checkOf = (crypto: CryptoProvider, body: Uint8Array): Uint8Array =>
  crypto.hash(concat(utf8('webtty-e2e/1 endpoint-identity\0'), body)).subarray(0, CHECK_BYTES)

/** RFC 4648 §6, lower case, no padding. */
const toBase32 = (bytes: Uint8Array): string => {
  let [text, held, bits] = ['', 0, 0]
  for (const byte of bytes) {
    held = (held << 8) | byte
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31]
    held &= 31
  }
  return bits === 0 ? text : text + ALPHABET[(held << (5 - bits)) & 31]
}

/** Undefined for characters that are none, and for bits left over that are not zero: one identity has one text. */
const fromBase32 = (text: string): Uint8Array | undefined => {
  const bytes: number[] = []
  let [held, bits] = [0, 0]
  for (const character of text) {
    const value = ALPHABET.indexOf(character)
    if (value < 0) return undefined
    held = ((held << 5) | value) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 255)
  }
  return (held & ((1 << bits) - 1)) === 0 ? Uint8Array.from(bytes) : undefined
}

const invalid = (problem: string): AppError => new AppError('E2E_KEY_INVALID', { problem })
