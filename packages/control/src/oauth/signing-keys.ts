/** Owns the keys that sign: they rotate, and one that was replaced stays published for as long as it was used. */
import type { Kysely } from 'kysely'
import { deleteRetiredKeys, listKeys, rotateKey } from '../key/key-store.ts'
import type { Tables } from '../store/schema.ts'

const KIND = 'oauth.signing'

/** A private key as JWK. */
export type PrivateJwk = Readonly<Record<string, string>>

export interface SigningOptions {
  readonly db: Kysely<Tables>
  /** Integer seconds. */
  readonly now: number
  readonly lifeSeconds: number
}

/** The one that signs first; the others are published so that what they signed is still believed. */
export const signingKeys = async ({ db, now, lifeSeconds }: SigningOptions): Promise<readonly PrivateJwk[]> => {
  const [current] = await listKeys(db, KIND)
  if (!current || current.retiredAt !== null || current.createdAt <= now - lifeSeconds) {
    await rotateKey(db, { kind: KIND, payload: JSON.stringify(await makeKey()), now })
  }
  await deleteRetiredKeys(db, { kind: KIND, before: now - lifeSeconds })
  return (await listKeys(db, KIND)).map(({ payload }) => JSON.parse(payload) as PrivateJwk)
}

const makeKey = async (): Promise<object> => {
  const { calculateJwkThumbprint, exportJWK, generateKeyPair } = await import('jose')
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), use: 'sig', alg: 'ES256' }
}
