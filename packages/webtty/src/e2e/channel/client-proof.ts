/** Owns the signed client proof: the payload of the third message of the handshake. */
import { concat, utf8 } from '../crypto/bytes.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { type EndpointIdentity, endpointIdentity } from '../identity/endpoint-identity.ts'
import type { LocalIdentity } from '../identity/local-identity.ts'

const DOMAIN = utf8('webtty-e2e/1 client-proof\0')
const KEY_BYTES = 32
const SIGNATURE_BYTES = 64

/**
 * `hash` is that of the handshake after its second message: it stands for this server, these ephemerals and this prologue.
 * The static key of the client beside it binds both of its keys to each other.
 */
const signed = (hash: Uint8Array, x25519: Uint8Array): Uint8Array => concat(DOMAIN, hash, x25519)

/** Ed25519 key and signature, 96 bytes. */
export const makeClientProof = async ({ endpoint, signer }: LocalIdentity, hash: Uint8Array): Promise<Uint8Array> =>
  concat(endpoint.ed25519, await signer.sign(signed(hash, endpoint.x25519)))

/** Who has proven itself: the holder of both keys; undefined when the proof is not good. */
export const checkClientProof = (
  crypto: CryptoProvider,
  { proof, hash, x25519 }: { readonly proof: Uint8Array; readonly hash: Uint8Array; readonly x25519: Uint8Array },
): EndpointIdentity | undefined => {
  const ed25519 = proof.slice(0, KEY_BYTES)
  const isWhole = proof.length === KEY_BYTES + SIGNATURE_BYTES
  const isGood = crypto.verify(ed25519, signed(hash, x25519), proof.subarray(KEY_BYTES))
  return isWhole && isGood ? endpointIdentity(crypto, { ed25519, x25519 }) : undefined
}
