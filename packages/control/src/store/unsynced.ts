/** Owns writes that a power cut may take back, so that nobody waits for the disk: a commit holds up the whole process. */
import { type Kysely, SqliteAdapter, sql } from 'kysely'
import type { Tables } from './schema.ts'

/**
 * On the embedded database what `work` commits is written, but not forced to the disk: it outlives kill -9, and a power cut
 * only after the next commit that is forced (WAL, https://sqlite.org/pragma.html#pragma_synchronous). Not inside a transaction.
 */
export const unsynced = <T>(db: Kysely<Tables>, work: (held: Kysely<Tables>) => Promise<T>): Promise<T> =>
  db.getExecutor().adapter instanceof SqliteAdapter ? db.connection().execute((held) => relaxed(held, work)) : work(db)

/** `held` is the only connection, and ours alone until this is over. */
const relaxed = async <T>(held: Kysely<Tables>, work: (held: Kysely<Tables>) => Promise<T>): Promise<T> => {
  await sql`pragma synchronous = normal`.execute(held)
  try {
    return await work(held)
  } finally {
    await sql`pragma synchronous = full`.execute(held)
  }
}
