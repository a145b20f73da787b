/** Owns a Noise handshake of 25519, ChaChaPoly and SHA256 (the Noise Protocol Framework, revision 34, §5.2, §5.3, §7). */
import { concat, sameBytes, utf8 } from '../crypto/bytes.ts'
import type { CryptoProvider, KeyPair } from '../crypto/provider.ts'
import { CipherState, EMPTY, known, tampered, ZEROS } from './cipher-state.ts'

type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss'

/** A pattern of §7: what each side knows before, and the tokens of each message, the initiator's first. */
export interface Pattern {
  readonly name: string
  readonly initiatorKnown: boolean
  readonly responderKnown: boolean
  readonly messages: readonly (readonly Token[])[]
}

/** `-> e, es  <- e, ee  -> s, se`: the initiator knows the responder's key, and tells its own only to who holds that. */
export const XK: Pattern = {
  name: 'XK',
  initiatorKnown: false,
  responderKnown: true,
  messages: [
    ['e', 'es'],
    ['e', 'ee'],
    ['s', 'se'],
  ],
}

export const suiteOf = ({ name }: Pattern): string => `Noise_${name}_25519_ChaChaPoly_SHA256`

const KEY_BYTES = 32

export interface HandshakeOptions {
  readonly crypto: CryptoProvider
  readonly pattern: Pattern
  readonly initiator: boolean
  readonly prologue: Uint8Array
  readonly own?: KeyPair | undefined
  /** The peer's static key, where the pattern has it known before. */
  readonly peer?: Uint8Array | undefined
}

/** The keys of both directions after a handshake. */
export interface Transport {
  readonly send: CipherState
  readonly receive: CipherState
}

/** `write` and `read` in turn until `complete`, then `split`. Every failure is E2E_TAMPERED, and final. */
export class Handshake {
  readonly #options: HandshakeOptions
  #hash: Uint8Array
  #chain: Uint8Array
  #cipher: CipherState
  #message = 0
  #busy = false
  #ephemeral: KeyPair | undefined
  #peerEphemeral: Uint8Array | undefined
  #peerStatic: Uint8Array | undefined

  constructor(options: HandshakeOptions) {
    const { crypto, pattern, initiator, prologue, own, peer } = options
    this.#options = options
    // 32 bytes for every pattern of two letters, so it is its own hash (§5.2).
    this.#hash = utf8(suiteOf(pattern))
    this.#chain = this.#hash
    this.#cipher = new CipherState(crypto)
    this.#peerStatic = peer
    this.#mixHash(prologue)
    if (pattern.initiatorKnown) this.#mixHash(known(initiator ? own?.publicKey : peer))
    if (pattern.responderKnown) this.#mixHash(known(initiator ? peer : own?.publicKey))
  }

  /** `h`: everything both sides have seen so far, in 32 bytes. */
  get hash(): Uint8Array {
    return this.#hash
  }

  get peerStatic(): Uint8Array | undefined {
    return this.#peerStatic
  }

  get complete(): boolean {
    return !this.#busy && this.#message === this.#options.pattern.messages.length
  }

  async write(payload: Uint8Array): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    for (const token of this.#begin(true)) {
      if (token === 'e') parts.push(this.#mixHash((this.#ephemeral = this.#options.crypto.generateKeyPair()).publicKey))
      else if (token === 's') parts.push(this.#sealAndMix(known(this.#options.own?.publicKey)))
      else await this.#mixDh(token)
    }
    parts.push(this.#sealAndMix(payload))
    this.#busy = false
    return concat(...parts)
  }

  /** Answers the payload. */
  async read(message: Uint8Array): Promise<Uint8Array> {
    let at = 0
    const take = (length: number): Uint8Array => {
      if (at + length > message.length) throw tampered('a message of the handshake is too short')
      at += length
      return message.slice(at - length, at)
    }
    for (const token of this.#begin(false)) {
      if (token === 'e') this.#mixHash((this.#peerEphemeral = take(KEY_BYTES)))
      else if (token === 's') this.#peerStatic = this.#openAndMix(take(KEY_BYTES + this.#cipher.tagBytes))
      else await this.#mixDh(token)
    }
    const payload = this.#openAndMix(message.subarray(at))
    this.#busy = false
    return payload
  }

  split(): Transport {
    if (!this.complete) throw new Error('split before the end of the handshake')
    const [first, second] = this.#derive(EMPTY)
    this.#busy = true
    const [forth, back] = [new CipherState(this.#options.crypto, first), new CipherState(this.#options.crypto, second)]
    return this.#options.initiator ? { send: forth, receive: back } : { send: back, receive: forth }
  }

  /** A handshake that failed in the middle stays busy and so is of no further use. */
  #begin(writing: boolean): readonly Token[] {
    const ours = (this.#message % 2 === 0) === this.#options.initiator
    const tokens = this.#options.pattern.messages[this.#message]
    if (this.#busy || tokens === undefined || ours !== writing) throw new Error('a handshake out of turn')
    this.#busy = true
    this.#message++
    return tokens
  }

  /** In `es` and `se` the first letter is the initiator's key, the second the responder's. */
  async #mixDh(token: Exclude<Token, 'e' | 's'>): Promise<void> {
    const [ours, theirs] = this.#options.initiator ? [token[0], token[1]] : [token[1], token[0]]
    const pair = known(ours === 'e' ? this.#ephemeral : this.#options.own)
    const peer = known(theirs === 'e' ? this.#peerEphemeral : this.#peerStatic)
    const agree = async (): Promise<Uint8Array> => await pair.dh(peer)
    const secret = await agree().catch(() => ZEROS)
    // A point of low order would make a secret that everyone knows (RFC 7748 §6.1).
    if (sameBytes(secret, ZEROS)) throw tampered('a key of the handshake is none')
    const [chain, key] = this.#derive(secret)
    this.#chain = chain
    this.#cipher = new CipherState(this.#options.crypto, key)
  }

  /** HKDF with two outputs (§4.3). */
  #derive(input: Uint8Array): readonly [Uint8Array, Uint8Array] {
    const key = this.#options.crypto.hmac(this.#chain, input)
    const first = this.#options.crypto.hmac(key, Uint8Array.of(1))
    return [first, this.#options.crypto.hmac(key, concat(first, Uint8Array.of(2)))]
  }

  /** Answers what it was given. */
  #mixHash(data: Uint8Array): Uint8Array {
    this.#hash = this.#options.crypto.hash(concat(this.#hash, data))
    return data
  }

  #sealAndMix(plaintext: Uint8Array): Uint8Array {
    return this.#mixHash(this.#cipher.seal(this.#hash, plaintext))
  }

  #openAndMix(sealed: Uint8Array): Uint8Array {
    const plaintext = this.#cipher.open(this.#hash, sealed)
    this.#mixHash(sealed)
    return plaintext
  }
}
