/** Owns proving by a secret of the server that it said something: HMAC-SHA256 over canonical JSON. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Kysely } from 'kysely'
import { ensureKey } from '../key/key-store.ts'
import type { Tables } from '../store/schema.ts'
import { canonicalJson } from '@towline/protocol'

const KIND = 'seal'
const SECRET_BYTES = 32

/** The seal of a value for one purpose; 43 letters, digits, "-" and "_". */
export const sealOf = async (
  db: Kysely<Tables>,
  { purpose, value, now }: { readonly purpose: string; readonly value: unknown; readonly now: number },
): Promise<string> => {
  const make = (): string => randomBytes(SECRET_BYTES).toString('base64url')
  const { payload } = await ensureKey(db, { kind: KIND, now }, make)
  return createHmac('sha256', payload)
    .update(`${purpose}\n${canonicalJson(value)}`)
    .digest('base64url')
}

/** In the same time whatever differs. */
export const sameSeal = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
