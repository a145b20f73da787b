/** Owns doing several writes as one: in the transaction that runs, or in one of its own. */
import type { Kysely } from 'kysely'
import type { Tables } from './schema.ts'

/**
 * Inside, only `step` may be used: the embedded database has one connection, which the transaction holds. On PostgreSQL
 * others run beside it (read committed): lock by an update of the row that a decision rests on.
 */
export const inTransaction = <T>(db: Kysely<Tables>, work: (step: Kysely<Tables>) => Promise<T>): Promise<T> =>
  db.isTransaction ? work(db) : db.transaction().execute(work)
