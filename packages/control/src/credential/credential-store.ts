/** Owns the credentials in the database: adding, finding, listing, counting and rotating them. */
import { AppError, type Boundary, type Permission, printBoundary } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { beyond, type Page, type PageQuery, pageOf } from '../store/page.ts'
import type { CredentialsTable, Tables } from '../store/schema.ts'

/**
 * owner: all rights in a project, made on the server. login: what a person ticked for a client, in all projects of the
 * person. project: long-lived, of one project. delegated: minted from another. exchange: for a foreign token.
 */
export type CredentialKind = 'owner' | 'login' | 'project' | 'delegated' | 'exchange'

/** A credential as stored. */
export interface StoredCredential {
  /** `crd_…` */
  readonly id: string
  readonly kind: CredentialKind
  /** Null for a login. */
  readonly projectId: string | null
  /** Null for a login. */
  readonly projectSlug: string | null
  /** Null for a login. */
  readonly workspaceId: string | null
  /** Null for a login, whose tokens are OAuth records. */
  readonly secretHash: Buffer | null
  readonly permissions: readonly Permission[]
  /** Null is unbounded. */
  readonly resources: Boundary | null
  readonly name: string | null
  readonly userId: string | null
  readonly clientId: string | null
  readonly grantId: string | null
  readonly parentId: string | null
  readonly rootId: string
  readonly createdAt: number
  readonly lastUsedAt: number | null
  readonly expiresAt: number | null
  readonly revokedAt: number | null
}

export interface NewCredential {
  readonly id: string
  /** Owner for a root, delegated for what has a parent, when absent. */
  readonly kind?: CredentialKind
  readonly projectId: string | null
  readonly secretHash: Buffer | null
  readonly permissions: readonly Permission[]
  /** Null is unbounded. */
  readonly resources?: Boundary | null
  readonly name?: string | null
  readonly userId?: string | null
  readonly clientId?: string | null
  readonly grantId?: string | null
  readonly parentId: string | null
  readonly rootId: string
  readonly createdAt: number
  readonly expiresAt: number | null
}

/** Undefined when there is none. */
export const findCredential = async (db: Kysely<Tables>, id: string): Promise<StoredCredential | undefined> => {
  const row = await withSlug(db).where('credentials.id', '=', id).executeTakeFirst()
  return row && toCredential(row)
}

/** The login of an OAuth grant, or what was exchanged for one under a grant of its own; undefined when there is none. */
export const findLogin = async (db: Kysely<Tables>, grantId: string): Promise<StoredCredential | undefined> => {
  const row = await withSlug(db).where('credentials.grant_id', '=', grantId).executeTakeFirst()
  return row && toCredential(row)
}

export const addCredential = async (db: Kysely<Tables>, one: NewCredential): Promise<void> => {
  await db
    .insertInto('credentials')
    .values({
      id: one.id,
      kind: one.kind ?? (one.parentId === null ? 'owner' : 'delegated'),
      project_id: one.projectId,
      user_id: one.userId ?? null,
      name: one.name ?? null,
      secret_hash: one.secretHash?.toString('hex') ?? null,
      permissions: JSON.stringify(one.permissions),
      resources: one.resources ? printBoundary(one.resources) : null,
      client_id: one.clientId ?? null,
      grant_id: one.grantId ?? null,
      parent_id: one.parentId,
      root_id: one.rootId,
      created_at: one.createdAt,
      last_used_at: null,
      expires_at: one.expiresAt,
      revoked_at: null,
    })
    .execute()
}

export interface CredentialQuery extends PageQuery {
  readonly projectId?: string | undefined
  readonly userId?: string | undefined
  readonly kinds?: readonly CredentialKind[] | undefined
  /** Leaves out what is revoked or expired by then. */
  readonly goodAt?: number | undefined
}

/** In the order they were made. */
export const listCredentials = async (db: Kysely<Tables>, query: CredentialQuery): Promise<Page<StoredCredential>> => {
  const { limit, cursor, projectId, userId, kinds, goodAt } = query
  let rows = withSlug(db).where(beyond(cursor, ['credentials.created_at', 'credentials.id']))
  if (projectId !== undefined) rows = rows.where('credentials.project_id', '=', projectId)
  if (userId !== undefined) rows = rows.where('credentials.user_id', '=', userId)
  if (kinds !== undefined) rows = rows.where('credentials.kind', 'in', [...kinds])
  if (goodAt !== undefined) {
    rows = rows
      .where('credentials.revoked_at', 'is', null)
      .where(({ eb, or }) => or([eb('credentials.expires_at', 'is', null), eb('credentials.expires_at', '>', goodAt)]))
  }
  const found = await rows
    .orderBy('credentials.created_at')
    .orderBy('credentials.id')
    .limit(limit + 1)
    .execute()
  return pageOf(found, limit, { key: (row) => [row.created_at, row.id], item: toCredential })
}

/** Gives a credential another secret; the one before proves nothing from now on. Throws NOT_FOUND for what has ended. */
export const rotateSecret = async (db: Kysely<Tables>, id: string, secretHash: Buffer): Promise<void> => {
  const row = await db
    .updateTable('credentials')
    .set({ secret_hash: secretHash.toString('hex') })
    .where('id', '=', id)
    .where('secret_hash', 'is not', null)
    .where('revoked_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  if (!row) throw new AppError('NOT_FOUND', { what: 'credential', id })
}

/** Locks a credential until the transaction ends, so that it is not revoked while another is minted from it. */
export const lockCredential = async (db: Kysely<Tables>, id: string): Promise<void> => {
  const lock = db.updateTable('credentials').set(({ ref }) => ({ revoked_at: ref('revoked_at') }))
  await lock.where('id', '=', id).execute()
}

/** Credentials of a project that are good. */
export const countCredentials = async (db: Kysely<Tables>, projectId: string, now: number): Promise<number> => {
  const row = await db
    .selectFrom('credentials')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('project_id', '=', projectId)
    .where('revoked_at', 'is', null)
    .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** Forgets what has expired; descendants expire no later than their parents. */
export const deleteExpired = async (db: Kysely<Tables>, now: number): Promise<void> => {
  await db.deleteFrom('credentials').where('expires_at', '<=', now).execute()
}

const withSlug = (db: Kysely<Tables>) =>
  db
    .selectFrom('credentials')
    .leftJoin('projects', 'projects.id', 'credentials.project_id')
    .selectAll('credentials')
    .select(['projects.slug', 'projects.workspace_id'])

type CredentialRow = CredentialsTable & { readonly slug: string | null; readonly workspace_id: string | null }

const toCredential = (row: CredentialRow): StoredCredential => ({
  id: row.id,
  kind: row.kind as CredentialKind,
  projectId: row.project_id,
  projectSlug: row.slug,
  workspaceId: row.workspace_id,
  secretHash: row.secret_hash === null ? null : Buffer.from(row.secret_hash, 'hex'),
  permissions: JSON.parse(row.permissions) as Permission[],
  resources: row.resources === null ? null : (JSON.parse(row.resources) as Boundary),
  name: row.name,
  userId: row.user_id,
  clientId: row.client_id,
  grantId: row.grant_id,
  parentId: row.parent_id,
  rootId: row.root_id,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
})
