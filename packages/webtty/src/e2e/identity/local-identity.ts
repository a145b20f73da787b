/** Owns the secret half of an identity: one seed of 32 bytes, from which both keys come. */
import { concat, utf8 } from '../crypto/bytes.ts'
import type { CryptoProvider, KeyPair, Signer } from '../crypto/provider.ts'
import { type EndpointIdentity, endpointIdentity } from './endpoint-identity.ts'

/** An identity that this side can prove. A browser may make one of keys that cannot be exported. */
export interface LocalIdentity {
  readonly endpoint: EndpointIdentity
  readonly noise: KeyPair
  readonly signer: Signer
}

/** HKDF-SHA-256 (RFC 5869) of the seed, a block for each key, so that neither tells anything of the other. */
export const identityFromSeed = (crypto: CryptoProvider, seed: Uint8Array): LocalIdentity => {
  const root = crypto.hmac(utf8('webtty-e2e/1 identity'), seed)
  const keyFor = (use: string): Uint8Array => crypto.hmac(root, concat(utf8(use), Uint8Array.of(1)))
  return identityFromKeys(crypto, { signer: crypto.signer(keyFor('ed25519')), noise: crypto.keyPair(keyFor('x25519')) })
}

const identityFromKeys = (
  crypto: CryptoProvider,
  { signer, noise }: Pick<LocalIdentity, 'signer' | 'noise'>,
): LocalIdentity => ({
  endpoint: endpointIdentity(crypto, { ed25519: signer.publicKey, x25519: noise.publicKey }),
  noise,
  signer,
})
