/** Owns the bytes of handshake messages: `E0 step …`, as docs/protocol/e2e.md §4 lays them out. */
import { AppError, copyOf, LIMITS } from '@towline/protocol'
import { concat, fromUtf8, utf8 } from '../crypto/bytes.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { type EndpointIdentity, endpointIdentity } from '../identity/endpoint-identity.ts'

/** First byte of a carrier message that belongs to the encryption. */
export const E2E_TYPE = { handshake: 0xe0, record: 0xe1 } as const

const STEP = { announce: 0, first: 1, second: 2, third: 3 } as const

/** Version of everything after it, in the clear and in the prologue. */
const VERSION = 1
const KEY_BYTES = 32
const NONCE_BYTES = 16
const NOISE_FIRST_BYTES = 48
export const NONCE = NONCE_BYTES

/** What the client says in the clear: whom it means. Both sides bind it by the prologue. */
export interface FirstMessage {
  readonly nonce: Uint8Array
  readonly project: string
  readonly name: string
  readonly noise: Uint8Array
}

const head = (step: number): Uint8Array => Uint8Array.of(E2E_TYPE.handshake, step)

export const printAnnouncement = ({ ed25519, x25519 }: EndpointIdentity): Uint8Array =>
  concat(head(STEP.announce), Uint8Array.of(VERSION), ed25519, x25519)

/**
 * The identity that an encrypting server claims in its first message; undefined when the message is no announcement. It is
 * proven by nothing: good for telling a person what to compare, never for trusting it.
 */
export const readAnnouncement = (crypto: CryptoProvider, message: Uint8Array): EndpointIdentity | undefined => {
  const keysAt = 3
  if (message[0] !== E2E_TYPE.handshake || message[1] !== STEP.announce) return undefined
  if (message.length !== keysAt + 2 * KEY_BYTES || message[2] !== VERSION) throw malformed('announcement')
  const keys = copyOf(message.subarray(keysAt))
  const [ed25519, x25519] = [keys.subarray(0, KEY_BYTES), keys.subarray(KEY_BYTES)]
  return endpointIdentity(crypto, { ed25519, x25519 })
}

export const printFirst = ({ nonce, project, name, noise }: FirstMessage): Uint8Array =>
  concat(head(STEP.first), Uint8Array.of(VERSION), nonce, prefixed(project), prefixed(name), noise)

export const readFirst = (message: Uint8Array): FirstMessage => {
  expectStep(message, STEP.first)
  if (message[2] !== VERSION) throw malformed('first message')
  const nonceEnd = 3 + NONCE_BYTES
  const [project, projectEnd] = readPrefixed(message, nonceEnd)
  const [name, nameEnd] = readPrefixed(message, projectEnd)
  const noise = message.slice(nameEnd)
  if (noise.length !== NOISE_FIRST_BYTES) throw malformed('first message')
  return { nonce: message.slice(3, nonceEnd), project, name, noise }
}

export const printSecond = (noise: Uint8Array): Uint8Array => concat(head(STEP.second), noise)
export const printThird = (noise: Uint8Array): Uint8Array => concat(head(STEP.third), noise)
export const readSecond = (message: Uint8Array): Uint8Array => expectStep(message, STEP.second)
export const readThird = (message: Uint8Array): Uint8Array => expectStep(message, STEP.third)

const expectStep = (message: Uint8Array, step: number): Uint8Array => {
  if (message[0] === E2E_TYPE.handshake && message[1] === step) return message.slice(2)
  throw new AppError('E2E_TAMPERED', { problem: 'the messages of the handshake came in another order' })
}

/** One byte of length, then UTF-8. Throws OPTION_INVALID. */
const prefixed = (text: string): Uint8Array => {
  const bytes = utf8(text)
  if (bytes.length <= LIMITS.e2eNameBytes) return concat(Uint8Array.of(bytes.length), bytes)
  throw new AppError('OPTION_INVALID', {
    option: 'name',
    value: `${text.slice(0, 32)}…`,
    problem: `it is longer than ${LIMITS.e2eNameBytes} bytes`,
  })
}

const readPrefixed = (message: Uint8Array, at: number): readonly [text: string, end: number] => {
  const end = at + 1 + (message[at] ?? 0)
  const text = at < message.length && end <= message.length ? fromUtf8(message.subarray(at + 1, end)) : undefined
  if (text === undefined) throw malformed('first message')
  return [text, end]
}

const malformed = (what: string): AppError =>
  new AppError('E2E_TAMPERED', { problem: `the ${what} of the handshake is malformed` })
