/** Owns that a call with an idempotency key is done once: its answer is kept with its key, in one transaction with its work. */
import { createHash } from 'node:crypto'
import { AppError, canonicalJson } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import { inTransaction } from '../store/transaction.ts'

export interface Idempotent {
  /** Whose key it is: a user or a credential. */
  readonly principal: string
  /** The operation; the same key may be used for another. */
  readonly op: string
  readonly key: string
  /** What was asked, as JSON has it. */
  readonly body: unknown
  /** Integer seconds. */
  readonly now: number
}

/**
 * Does `work` for a new key; for one that was used with the same body answers what it answered then. What `work` throws
 * leaves no trace, so the key can be used again. Two calls at once follow each other. Throws IDEMPOTENCY_CONFLICT.
 */
export const once = <T>(
  db: Kysely<Tables>,
  call: Idempotent,
  work: (step: Kysely<Tables>) => Promise<T>,
): Promise<{ readonly response: T; readonly replayed: boolean }> =>
  inTransaction(db, async (step) => {
    const { principal, op, key, now } = call
    const body_hash = hashOf(call.body)
    const fresh = await step
      .insertInto('idempotency')
      .values({ principal, op, key, body_hash, response: null, created_at: now })
      .onConflict((on) => on.columns(['principal', 'op', 'key']).doNothing())
      .returning('key')
      .executeTakeFirst()
    if (!fresh) return { response: (await replay(step, call, body_hash)) as T, replayed: true }
    const response = await work(step)
    const write = step.updateTable('idempotency').set({ response: JSON.stringify(response) })
    await write.where('principal', '=', principal).where('op', '=', op).where('key', '=', key).execute()
    return { response, replayed: false }
  })

/** Forgets keys that were first used before a time. */
export const deleteOldKeys = async (db: Kysely<Tables>, before: number): Promise<void> => {
  await db.deleteFrom('idempotency').where('created_at', '<', before).execute()
}

const replay = async (db: Kysely<Tables>, { principal, op, key }: Idempotent, bodyHash: string): Promise<unknown> => {
  const row = await db
    .selectFrom('idempotency')
    .select(['body_hash', 'response'])
    .where('principal', '=', principal)
    .where('op', '=', op)
    .where('key', '=', key)
    .executeTakeFirstOrThrow()
  if (row.body_hash !== bodyHash) throw new AppError('IDEMPOTENCY_CONFLICT')
  return JSON.parse(row.response ?? 'null')
}

/** Bodies are the same when they differ in the order of their keys only. */
const hashOf = (body: unknown): string => createHash('sha256').update(canonicalJson(body)).digest('hex')
