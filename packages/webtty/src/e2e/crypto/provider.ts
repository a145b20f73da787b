/**
 * Owns the seam between the protocol and who computes: node:crypto on a server, @noble in a browser, WebCrypto for keys that
 * cannot be exported. All keys, hashes and signatures are 32, 32 and 64 bytes.
 */

/** An X25519 key pair (RFC 7748). The private half stays inside, so it may be one that nobody can export. */
export interface KeyPair {
  readonly publicKey: Uint8Array
  /** The shared secret; throws or answers zeros when `peer` is a point of low order. */
  dh(peer: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** An Ed25519 key pair (RFC 8032). */
export interface Signer {
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** ChaCha20-Poly1305 under one key (RFC 8439); nonces are 12 bytes. */
export interface Aead {
  /** Ciphertext and tag of 16 bytes. */
  seal(nonce: Uint8Array, ad: Uint8Array, plaintext: Uint8Array): Uint8Array
  /** As `seal` without `ad`, into memory of the caller: 16 bytes longer than `plaintext`. */
  sealInto(into: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): void
  /** The plaintext, or undefined when anything of it was changed. */
  open(nonce: Uint8Array, ad: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined
}

/** The primitives of `Noise_XK_25519_ChaChaPoly_SHA256` and of Ed25519. */
export interface CryptoProvider {
  readonly name: string
  /** SHA-256. */
  hash(data: Uint8Array): Uint8Array
  /** HMAC-SHA-256. */
  hmac(key: Uint8Array, data: Uint8Array): Uint8Array
  aead(key: Uint8Array): Aead
  generateKeyPair(): KeyPair
  keyPair(secret: Uint8Array): KeyPair
  signer(seed: Uint8Array): Signer
  /** Whether a signature is good; false for keys and signatures that are none. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  random(length: number): Uint8Array
}
