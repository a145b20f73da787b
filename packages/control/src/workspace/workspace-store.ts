/** Owns the workspaces in the database: what projects and people belong to. */
import { newId } from '@towline/base'
import { AppError, type Role, validateSlug } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { beyond, type Page, type PageQuery, pageOf } from '../store/page.ts'
import type { Tables, WorkspacesTable } from '../store/schema.ts'
import { inTransaction } from '../store/transaction.ts'

export interface Workspace {
  /** `wsp_…` */
  readonly id: string
  readonly slug: string
  readonly name: string
  /** Integer seconds. */
  readonly createdAt: number
}

/** A workspace as one of its members sees it. */
export interface OwnWorkspace extends Workspace {
  readonly role: Role
}

/** The workspace that every store has: of the first owner, and of the projects that `up` makes. */
export const FIRST_WORKSPACE = 'wsp_first'

export interface NewWorkspace {
  readonly slug: string
  readonly name: string
  /** Becomes its owner. */
  readonly ownerId: string
  readonly now: number
}

/** Throws NAME_INVALID, NAME_RESERVED or SLUG_TAKEN. */
export const addWorkspace = (db: Kysely<Tables>, { slug, name, ownerId, now }: NewWorkspace): Promise<Workspace> =>
  inTransaction(db, async (step) => {
    const row = await step
      .insertInto('workspaces')
      .values({ id: newId('wsp'), slug: validateSlug(slug), name, created_at: now })
      .onConflict((on) => on.column('slug').doNothing())
      .returningAll()
      .executeTakeFirst()
    if (!row) throw new AppError('SLUG_TAKEN', { name: slug })
    const member = { workspace_id: row.id, user_id: ownerId, role: 'owner', created_at: now }
    await step.insertInto('members').values(member).execute()
    return toWorkspace(row)
  })

/** Undefined when there is none. */
export const findWorkspace = async (db: Kysely<Tables>, id: string): Promise<Workspace | undefined> => {
  const row = await db.selectFrom('workspaces').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toWorkspace(row)
}

/** Makes those who decide by what a workspace has wait for each other, until the transaction ends. */
export const lockWorkspace = async (db: Kysely<Tables>, id: string): Promise<void> => {
  const lock = db.updateTable('workspaces').set(({ ref }) => ({ slug: ref('slug') }))
  await lock.where('id', '=', id).execute()
}

/** Throws NOT_FOUND. */
export const renameWorkspace = async (db: Kysely<Tables>, id: string, name: string): Promise<Workspace> => {
  const row = await db.updateTable('workspaces').set({ name }).where('id', '=', id).returningAll().executeTakeFirst()
  if (!row) throw new AppError('NOT_FOUND', { what: 'workspace', id })
  return toWorkspace(row)
}

/** The workspaces a person is a member of, oldest membership first. */
export const listWorkspaces = async (
  db: Kysely<Tables>,
  userId: string,
  { limit, cursor }: PageQuery,
): Promise<Page<OwnWorkspace>> => {
  const rows = await db
    .selectFrom('members')
    .innerJoin('workspaces', 'workspaces.id', 'members.workspace_id')
    .selectAll('workspaces')
    .select(['members.role', 'members.created_at as joined_at'])
    .where('members.user_id', '=', userId)
    .where(beyond(cursor, ['members.created_at', 'workspaces.id']))
    .orderBy('members.created_at')
    .orderBy('workspaces.id')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, {
    key: (row) => [row.joined_at, row.id],
    item: (row) => ({ ...toWorkspace(row), role: row.role as Role }),
  })
}

const toWorkspace = (row: WorkspacesTable): Workspace => ({
  id: row.id,
  slug: row.slug,
  name: row.name,
  createdAt: row.created_at,
})
