/** Owns the primitives where node:crypto is not: the same answers from @noble, in any browser. */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { randomBytes } from '@noble/hashes/utils.js'
import type { Aead, CryptoProvider, KeyPair } from './provider.ts'

const pair = (secret: Uint8Array): KeyPair => ({
  publicKey: x25519.getPublicKey(secret),
  dh: (peer) => x25519.getSharedSecret(secret, peer),
})

const aead = (key: Uint8Array): Aead => ({
  seal: (nonce, ad, plaintext) => chacha20poly1305(key, nonce, ad).encrypt(plaintext),
  sealInto: (into, nonce, plaintext) => {
    chacha20poly1305(key, nonce).encrypt(plaintext, into)
  },
  open: (nonce, ad, ciphertext) => {
    try {
      return chacha20poly1305(key, nonce, ad).decrypt(ciphertext)
    } catch {
      return undefined
    }
  },
})

const isGood = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false })
  } catch {
    return false
  }
}

export const nobleCrypto: CryptoProvider = {
  name: '@noble',
  hash: (data) => sha256(data),
  hmac: (key, data) => hmac(sha256, key, data),
  aead,
  generateKeyPair: () => pair(randomBytes(32)),
  keyPair: (secret) => pair(secret.slice()),
  signer: (seed) => {
    const own = seed.slice()
    return { publicKey: ed25519.getPublicKey(own), sign: (message) => ed25519.sign(message, own) }
  },
  verify: isGood,
  random: (length) => randomBytes(length),
}
