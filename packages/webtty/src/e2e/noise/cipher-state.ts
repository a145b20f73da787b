/** Owns one direction under one key: the CipherState of the Noise Protocol Framework, revision 34, §5.1. */
import { AppError } from '@towline/protocol'
import type { Aead, CryptoProvider } from '../crypto/provider.ts'

export const EMPTY = new Uint8Array()
export const ZEROS = new Uint8Array(32)
const REKEY_NONCE = new Uint8Array([0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255])
/** Noise counts to 2^64 - 2; we stop where a number is still exact, which no connection lives to see. */
const LAST_NONCE = Number.MAX_SAFE_INTEGER

/** Encrypts or decrypts, each message under the next nonce. The key is its own from then on; without one bytes pass as they are. */
export class CipherState {
  readonly #crypto: CryptoProvider
  #key: Uint8Array | undefined
  #aead: Aead | undefined
  #next: number

  constructor(crypto: CryptoProvider, key?: Uint8Array, next = 0) {
    this.#crypto = crypto
    this.#key = key
    this.#aead = key && crypto.aead(key)
    this.#next = next
  }

  /** By how much `seal` lengthens. */
  get tagBytes(): number {
    return this.#aead ? 16 : 0
  }

  /** Ciphertext and tag. Throws E2E_TAMPERED when the nonces are used up. */
  seal(ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    return this.#aead ? this.#aead.seal(this.#nonce(), ad, plaintext) : plaintext
  }

  /** As `seal` with a key and nothing beside it, into memory of the caller. */
  sealInto(into: Uint8Array, plaintext: Uint8Array): void {
    known(this.#aead).sealInto(into, this.#nonce(), plaintext)
  }

  /** The plaintext. Throws E2E_TAMPERED when it is not the next message of this key, whole and unchanged. */
  open(ad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
    if (!this.#aead) return ciphertext
    const plaintext = this.#aead.open(this.#nonce(), ad, ciphertext)
    if (plaintext) return plaintext
    throw tampered('a message was changed, lost, repeated or moved')
  }

  /** Replaces the key by one that does not tell the old (§4.2, §11.3). Nonces go on. */
  rekey(): void {
    const key = known(this.#aead).seal(REKEY_NONCE, EMPTY, ZEROS).slice(0, 32)
    this.#key?.fill(0)
    this.#key = key
    this.#aead = this.#crypto.aead(key)
  }

  /** Forgets the key; nothing can be sealed or opened after it. */
  wipe(): void {
    this.#key?.fill(0)
    this.#next = Number.POSITIVE_INFINITY
  }

  /** 4 zero bytes, then the count as 8 bytes little-endian (§12.3). */
  #nonce(): Uint8Array {
    if (this.#next >= LAST_NONCE) throw tampered('the nonces of this key are used up')
    const nonce = new Uint8Array(12)
    new DataView(nonce.buffer).setBigUint64(4, BigInt(this.#next++), true)
    return nonce
  }
}

export const tampered = (problem: string): AppError => new AppError('E2E_TAMPERED', { problem })

/** Throws where a key is missing that has to be there: our bug, never the peer's doing. */
export const known = <T>(value: T | undefined): T => {
  if (value !== undefined) return value
  throw new Error('a key that is needed is missing')
}
