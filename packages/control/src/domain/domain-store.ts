/** Owns the tunnel names that projects keep for themselves, in the database: each name is one project's of the server. */
import { AppError, type Limits, validateName } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { beyond, type Page, type PageQuery, pageOf } from '../store/page.ts'
import type { Tables } from '../store/schema.ts'
import { inTransaction } from '../store/transaction.ts'

export interface ReservedName {
  readonly name: string
  /** Integer seconds. */
  readonly createdAt: number
}

export interface Reservation {
  readonly name: string
  /** Integer seconds. */
  readonly now: number
  readonly limits: Pick<Limits, 'reservedNames'>
}

const RESERVED = 'reserved'

/**
 * Throws NAME_INVALID, NAME_RESERVED for words of ours, SLUG_TAKEN when the project keeps it already, NAME_KEPT when another
 * one does, or LIMIT_REACHED.
 */
export const reserveName = (
  db: Kysely<Tables>,
  projectId: string,
  { name, now, limits }: Reservation,
): Promise<ReservedName> =>
  inTransaction(db, async (step) => {
    validateName(name)
    // One at a time a project, or two could pass the bound together.
    const lock = step.updateTable('projects').set(({ ref }) => ({ slug: ref('slug') }))
    await lock.where('id', '=', projectId).execute()
    if ((await countNames(step, projectId)) >= limits.reservedNames) {
      throw new AppError('LIMIT_REACHED', { limit: 'reservedNames', value: limits.reservedNames })
    }
    const row = await step
      .insertInto('domains')
      .values({ project_id: projectId, name, kind: RESERVED, created_at: now })
      .onConflict((on) => on.columns(['kind', 'name']).doNothing())
      .returning('name')
      .executeTakeFirst()
    if (row) return { name, createdAt: now }
    throw new AppError((await keeperOf(step, name)) === projectId ? 'SLUG_TAKEN' : 'NAME_KEPT', { name })
  })

/** The id of the project that keeps a name; undefined when none does. */
export const keeperOf = async (db: Kysely<Tables>, name: string): Promise<string | undefined> => {
  const kept = db.selectFrom('domains').select('project_id').where('kind', '=', RESERVED).where('name', '=', name)
  return (await kept.executeTakeFirst())?.project_id
}

/** Throws NOT_FOUND. */
export const releaseName = async (db: Kysely<Tables>, projectId: string, name: string): Promise<void> => {
  const own = db.deleteFrom('domains').where('project_id', '=', projectId).where('kind', '=', RESERVED)
  const row = await own.where('name', '=', name).returning('name').executeTakeFirst()
  if (!row) throw new AppError('NOT_FOUND', { what: 'reserved name', id: name })
}

/** A project that is over keeps none. */
export const releaseNamesOf = async (db: Kysely<Tables>, projectId: string): Promise<void> => {
  await db.deleteFrom('domains').where('project_id', '=', projectId).execute()
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

const countNames = async (db: Kysely<Tables>, projectId: string): Promise<number> => {
  const own = db.selectFrom('domains').select(({ fn }) => fn.countAll<number>().as('count'))
  return Number((await own.where('project_id', '=', projectId).executeTakeFirstOrThrow()).count)
}
