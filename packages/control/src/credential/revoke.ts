/** Owns ending credentials with all that was minted from them. */
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { deleteOauthGrant, deleteOauthAccount } from '../oauth/record-store.ts'
import type { Tables } from '../store/schema.ts'
import { inTransaction } from '../store/transaction.ts'

/** Ends `id` and all that descend from it; answers those that were good until now. */
export const revokeTree = (db: Kysely<Tables>, id: string, at: number): Promise<string[]> =>
  inTransaction(db, (step) => revokeTrees(step, sql`id = ${id}`, at))

/** Ends what belongs to a project. */
export const revokeOfProject = (db: Kysely<Tables>, projectId: string, at: number): Promise<string[]> =>
  inTransaction(db, (step) => revokeTrees(step, sql`project_id = ${projectId}`, at))

/** Ends a login: its credential, what was minted from it, and all OAuth tokens of the grant. */
export const revokeGrant = (db: Kysely<Tables>, grantId: string, at: number): Promise<string[]> =>
  inTransaction(db, async (step) => {
    await deleteOauthGrant(step, grantId)
    return revokeTrees(step, sql`grant_id = ${grantId}`, at)
  })

/** Ends everything of a person: logins with their OAuth records, and project credentials the person made. */
export const revokeOfUser = (db: Kysely<Tables>, userId: string, at: number): Promise<string[]> =>
  inTransaction(db, async (step) => {
    await deleteOauthAccount(step, userId)
    return revokeTrees(step, sql`user_id = ${userId}`, at)
  })

/** Ends what a person made in the projects of a workspace; logins go on, as they reach other workspaces too. */
export const revokeOfMember = (
  db: Kysely<Tables>,
  { workspaceId, userId }: { readonly workspaceId: string; readonly userId: string },
  at: number,
): Promise<string[]> => {
  const own = sql`select id from projects where workspace_id = ${workspaceId}`
  return inTransaction(db, (step) => revokeTrees(step, sql`user_id = ${userId} and project_id in (${own})`, at))
}

/**
 * Repeats until nothing is left: a mint that runs beside this holds its parent's row, so its child shows after the wait
 * for that row, in the next round.
 */
const revokeTrees = async (db: Kysely<Tables>, roots: RawBuilder<unknown>, at: number): Promise<string[]> => {
  const revoked: string[] = []
  for (;;) {
    const { rows } = await sql<{ id: string }>`
      with recursive tree (id) as (
        select id from credentials where ${roots}
        union
        select child.id from credentials child join tree on child.parent_id = tree.id
      )
      update credentials set revoked_at = ${at}
      where revoked_at is null and id in (select id from tree)
      returning id`.execute(db)
    if (rows.length === 0) return revoked
    revoked.push(...rows.map((row) => row.id))
  }
}

/** What a person holds that is good: logins and credentials the person made. */
export const goodCredentialsOf = async (db: Kysely<Tables>, userId: string, now: number): Promise<string[]> => {
  const rows = await db
    .selectFrom('credentials')
    .select('id')
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .execute()
  return rows.map(({ id }) => id)
}
