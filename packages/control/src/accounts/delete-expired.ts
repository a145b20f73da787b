/** Owns forgetting what better-auth keeps of sessions and challenges that are over: it does so itself only when somebody looks. */
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../store/schema.ts'

/** `now` in integer seconds. Times are ISO text to SQLite, which sorts them as PostgreSQL sorts times. */
export const deleteExpiredSignIns = async (db: Kysely<Tables>, now: number): Promise<void> => {
  const at = new Date(now * 1000).toISOString()
  await sql`delete from auth_verification where "expiresAt" <= ${at}`.execute(db)
  await sql`delete from auth_session where "expiresAt" <= ${at}`.execute(db)
}
