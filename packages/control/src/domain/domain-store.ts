/** Owns the tunnel names that a project keeps for itself, in the database. */
import { AppError, validateName } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { beyond, type Page, type PageQuery, pageOf } from '../store/page.ts'
import type { Tables } from '../store/schema.ts'

export interface ReservedName {
  readonly name: string
  /** Integer seconds. */
  readonly createdAt: number
}

const RESERVED = 'reserved'

/** Throws NAME_INVALID, NAME_RESERVED for words of ours, or SLUG_TAKEN when it is reserved already. */
export const reserveName = async (
  db: Kysely<Tables>,
  projectId: string,
  { name, now }: { readonly name: string; readonly now: number },
): Promise<ReservedName> => {
  const row = await db
    .insertInto('domains')
    .values({ project_id: projectId, name: validateName(name), kind: RESERVED, created_at: now })
    .onConflict((on) => on.columns(['project_id', 'kind', 'name']).doNothing())
    .returning('name')
    .executeTakeFirst()
  if (!row) throw new AppError('SLUG_TAKEN', { name })
  return { name, createdAt: now }
}

/** Throws NOT_FOUND. */
export const releaseName = async (db: Kysely<Tables>, projectId: string, name: string): Promise<void> => {
  const own = db.deleteFrom('domains').where('project_id', '=', projectId).where('kind', '=', RESERVED)
  const row = await own.where('name', '=', name).returning('name').executeTakeFirst()
  if (!row) throw new AppError('NOT_FOUND', { what: 'reserved name', id: name })
}

/** By name. */
export const listNames = async (
  db: Kysely<Tables>,
  projectId: string,
  { limit, cursor }: PageQuery,
): Promise<Page<ReservedName>> => {
  const rows = await db
    .selectFrom('domains')
    .select(['name', 'created_at'])
    .where('project_id', '=', projectId)
    .where('kind', '=', RESERVED)
    .where(beyond(cursor, ['name']))
    .orderBy('name')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, {
    key: (row) => [row.name],
    item: (row) => ({ name: row.name, createdAt: row.created_at }),
  })
}
