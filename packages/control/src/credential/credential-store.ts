/** Owns the credentials in the database: adding, finding and revoking them with all that was minted from them. */
import { type Boundary, type Permission, printBoundary } from '@towline/protocol'
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../store/schema.ts'

/** A credential as stored, with the slug of its project. */
export interface StoredCredential {
  readonly id: string
  readonly projectId: string
  readonly projectSlug: string
  readonly workspaceId: string
  /** Null for what has no secret of its own. */
  readonly secretHash: Buffer | null
  readonly permissions: readonly Permission[]
  /** Null is unbounded. */
  readonly resources: Boundary | null
  readonly rootId: string
  readonly expiresAt: number | null
  readonly revokedAt: number | null
}

export interface NewCredential {
  readonly id: string
  readonly projectId: string
  readonly secretHash: Buffer
  readonly permissions: readonly Permission[]
  /** Null is unbounded. */
  readonly resources: Boundary | null
  readonly parentId: string | null
  readonly rootId: string
  readonly createdAt: number
  readonly expiresAt: number | null
}

/** Undefined when there is none. */
export const findCredential = async (db: Kysely<Tables>, id: string): Promise<StoredCredential | undefined> => {
  const row = await db
    .selectFrom('credentials')
    .innerJoin('projects', 'projects.id', 'credentials.project_id')
    .selectAll('credentials')
    .select(['projects.slug', 'projects.workspace_id'])
    .where('credentials.id', '=', id)
    .executeTakeFirst()
  if (!row) return undefined
  return {
    id: row.id,
    projectId: row.project_id as string,
    projectSlug: row.slug,
    workspaceId: row.workspace_id,
    secretHash: row.secret_hash === null ? null : Buffer.from(row.secret_hash, 'hex'),
    permissions: JSON.parse(row.permissions) as Permission[],
    resources: row.resources === null ? null : (JSON.parse(row.resources) as Boundary),
    rootId: row.root_id,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  }
}

export const addCredential = async (db: Kysely<Tables>, one: NewCredential): Promise<void> => {
  await db
    .insertInto('credentials')
    .values({
      id: one.id,
      kind: one.parentId === null ? 'owner' : 'delegated',
      project_id: one.projectId,
      secret_hash: one.secretHash.toString('hex'),
      permissions: JSON.stringify(one.permissions),
      resources: one.resources && printBoundary(one.resources),
      parent_id: one.parentId,
      root_id: one.rootId,
      created_at: one.createdAt,
      expires_at: one.expiresAt,
      revoked_at: null,
    })
    .execute()
}

/** Marks `id` and all that descend from it; answers those that were good until now. */
export const revokeTree = async (db: Kysely<Tables>, id: string, at: number): Promise<string[]> => {
  const { rows } = await sql<{ id: string }>`
    with recursive tree (id) as (
      select id from credentials where id = ${id}
      union
      select child.id from credentials child join tree on child.parent_id = tree.id
    )
    update credentials set revoked_at = ${at}
    where revoked_at is null and id in (select id from tree)
    returning id`.execute(db)
  return rows.map((row) => row.id)
}

/** Credentials of a project that could still be good. */
export const countCredentials = async (db: Kysely<Tables>, projectId: string): Promise<number> => {
  const row = await db
    .selectFrom('credentials')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('project_id', '=', projectId)
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** Forgets what has expired; descendants expire no later than their parents. */
export const deleteExpired = async (db: Kysely<Tables>, now: number): Promise<void> => {
  await db.deleteFrom('credentials').where('expires_at', '<=', now).execute()
}
