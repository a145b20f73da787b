/** Owns the keys and secrets the server itself needs, such as those that sign; they lie in the database as they are. */
import { randomBytes } from 'node:crypto'
import { newId } from '@towline/base'
import type { Kysely } from 'kysely'
import type { KeysTable, Tables } from '../store/schema.ts'
import { inTransaction } from '../store/transaction.ts'

export interface StoredKey {
  /** `key_…` */
  readonly id: string
  /** What it is for, such as `oauth.signing`. */
  readonly kind: string
  /** JSON or text, as its kind has it. */
  readonly payload: string
  /** Integer seconds. */
  readonly createdAt: number
  /** Signs nothing new from then on, but is still good to check; null while in use. */
  readonly retiredAt: number | null
}

export interface NewKey {
  readonly kind: string
  readonly payload: string
  readonly now: number
}

export const addKey = async (db: Kysely<Tables>, { kind, payload, now }: NewKey): Promise<StoredKey> => {
  const key = { id: newId('key'), kind, payload, created_at: now, retired_at: null }
  await db.insertInto('keys').values(key).execute()
  return toKey(key)
}

/** Newest first: those in use, then the retired. */
export const listKeys = async (db: Kysely<Tables>, kind: string): Promise<StoredKey[]> => {
  const rows = await db.selectFrom('keys').selectAll().where('kind', '=', kind).orderBy('created_at', 'desc').execute()
  const keys = rows.map(toKey)
  return [...keys.filter(({ retiredAt }) => retiredAt === null), ...keys.filter(({ retiredAt }) => retiredAt !== null)]
}

/** 256 random bits, for {@link ensureKey}. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** The newest key of a kind that is in use; `make` makes the first. */
export const ensureKey = (
  db: Kysely<Tables>,
  { kind, now }: { readonly kind: string; readonly now: number },
  make: () => Promise<string> | string,
): Promise<StoredKey> =>
  inTransaction(db, async (step) => {
    const [first] = await listKeys(step, kind)
    return first?.retiredAt === null ? first : addKey(step, { kind, payload: await make(), now })
  })

/** Puts a new key in place of those in use. */
export const rotateKey = (db: Kysely<Tables>, key: NewKey): Promise<StoredKey> =>
  inTransaction(db, async (step) => {
    const retire = step.updateTable('keys').set({ retired_at: key.now }).where('kind', '=', key.kind)
    await retire.where('retired_at', 'is', null).execute()
    return addKey(step, key)
  })

/** Forgets keys of a kind that were retired before a time. */
export const deleteRetiredKeys = async (
  db: Kysely<Tables>,
  { kind, before }: { readonly kind: string; readonly before: number },
): Promise<void> => {
  await db.deleteFrom('keys').where('kind', '=', kind).where('retired_at', '<', before).execute()
}

const toKey = (row: KeysTable): StoredKey => ({
  id: row.id,
  kind: row.kind,
  payload: row.payload,
  createdAt: row.created_at,
  retiredAt: row.retired_at,
})
