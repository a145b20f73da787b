/** Owns the projects in the database: making, finding, renaming and deleting them. */
import { newId } from '@towline/base'
import { AppError, validateSlug } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { revokeOfProject } from '../credential/revoke.ts'
import { releaseNamesOf } from '../domain/domain-store.ts'
import { isDuplicate } from '../store/duplicate.ts'
import { beyond, type Page, type PageQuery, pageOf } from '../store/page.ts'
import type { ProjectsTable, Tables } from '../store/schema.ts'
import { inTransaction } from '../store/transaction.ts'
import { FIRST_WORKSPACE } from '../workspace/workspace-store.ts'

export interface Project {
  /** `prj_…` */
  readonly id: string
  readonly workspaceId: string
  /** The DNS label of its host names: its endpoint. */
  readonly slug: string
  readonly name: string
  readonly plan: string
  /** Integer seconds. */
  readonly createdAt: number
}

/** The plan of what `up` makes. */
const FREE = 'free'

/** The project of an endpoint; undefined when there is none, or it was deleted. */
export const findProject = async (db: Kysely<Tables>, slug: string): Promise<Project | undefined> => {
  const row = await live(db).where('slug', '=', slug).executeTakeFirst()
  return row && toProject(row)
}

/** Undefined when there is none, or it was deleted. */
export const findProjectById = async (db: Kysely<Tables>, id: string): Promise<Project | undefined> => {
  const row = await live(db).where('id', '=', id).executeTakeFirst()
  return row && toProject(row)
}

/** The project of a slug, made in the first workspace when there is none. Throws NAME_INVALID, NAME_RESERVED or SLUG_TAKEN. */
export const ensureProject = async (db: Kysely<Tables>, slug: string, now: number): Promise<Project> =>
  (await findProject(db, validateSlug(slug))) ??
  (await insertProject(db, { workspaceId: FIRST_WORKSPACE, slug, now })) ??
  ((await findProject(db, slug)) as Project)

export interface NewProject {
  readonly workspaceId: string
  readonly slug: string
  /** The slug when absent. */
  readonly name?: string | undefined
  readonly plan?: string
  readonly now: number
}

/** Throws NAME_INVALID, NAME_RESERVED or SLUG_TAKEN. */
export const addProject = async (db: Kysely<Tables>, project: NewProject): Promise<Project> => {
  const made = await insertProject(db, project)
  if (!made) throw taken(project.slug)
  return made
}

/** Renames; a new slug means new host names. Throws NOT_FOUND, NAME_INVALID, NAME_RESERVED or SLUG_TAKEN. */
export const renameProject = (
  db: Kysely<Tables>,
  id: string,
  { name, slug }: { readonly name?: string | undefined; readonly slug?: string | undefined },
): Promise<Project> =>
  inTransaction(db, async (step) => {
    const before = await findProjectById(step, id)
    if (!before) throw noProject(id)
    if (slug !== undefined) await refuseLeft(step, validateSlug(slug), before.workspaceId)
    const change = { name: name ?? before.name, slug: slug ?? before.slug }
    const write = step.updateTable('projects').set(change).where('id', '=', id).returningAll()
    try {
      return toProject(await write.executeTakeFirstOrThrow())
    } catch (error) {
      throw isDuplicate(error) ? taken(change.slug) : error
    }
  })

/** Throws NOT_FOUND. */
export const setPlan = async (db: Kysely<Tables>, id: string, plan: string): Promise<Project> => {
  const change = db.updateTable('projects').set({ plan }).where('id', '=', id).where('deleted_at', 'is', null)
  const row = await change.returningAll().executeTakeFirst()
  if (!row) throw noProject(id)
  return toProject(row)
}

/** Ends a project and its credentials, and gives its names up; answers the ids of those that were good until now. Throws NOT_FOUND. */
export const deleteProject = (db: Kysely<Tables>, id: string, at: number): Promise<string[]> =>
  inTransaction(db, async (step) => {
    const change = step.updateTable('projects').set({ deleted_at: at }).where('id', '=', id)
    const row = await change.where('deleted_at', 'is', null).returning('id').executeTakeFirst()
    if (!row) throw noProject(id)
    await releaseNamesOf(step, id)
    return revokeOfProject(step, id, at)
  })

export interface ProjectQuery extends PageQuery {
  /** Of one workspace. */
  readonly workspaceId?: string | undefined
  /** Of all workspaces that the person is a member of. */
  readonly memberId?: string | undefined
}

/** In the order they were made. */
export const listProjects = async (db: Kysely<Tables>, query: ProjectQuery): Promise<Page<Project>> => {
  const { limit, cursor, workspaceId, memberId } = query
  let rows = live(db).where(beyond(cursor, ['created_at', 'id']))
  if (workspaceId !== undefined) rows = rows.where('workspace_id', '=', workspaceId)
  if (memberId !== undefined) {
    const own = db.selectFrom('members').select('workspace_id').where('user_id', '=', memberId)
    rows = rows.where('workspace_id', 'in', own)
  }
  const found = await rows
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit + 1)
    .execute()
  return pageOf(found, limit, { key: (row) => [row.created_at, row.id], item: toProject })
}

/** Projects of a workspace that are not deleted. */
export const countProjects = async (db: Kysely<Tables>, workspaceId: string): Promise<number> => {
  const count = db
    .selectFrom('projects')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
  return Number((await count.executeTakeFirstOrThrow()).count)
}

/** Projects of a plan in a workspace that are not deleted. */
export const countOfPlan = async (db: Kysely<Tables>, workspaceId: string, plan: string): Promise<number> => {
  const count = db
    .selectFrom('projects')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .where('plan', '=', plan)
    .where('deleted_at', 'is', null)
  return Number((await count.executeTakeFirstOrThrow()).count)
}

const live = (db: Kysely<Tables>) => db.selectFrom('projects').selectAll().where('deleted_at', 'is', null)

/** Undefined when a project that is not deleted has the slug. */
const insertProject = (db: Kysely<Tables>, project: NewProject): Promise<Project | undefined> =>
  inTransaction(db, async (step) => {
    const slug = validateSlug(project.slug)
    await refuseLeft(step, slug, project.workspaceId)
    const row = await step
      .insertInto('projects')
      .values({
        id: newId('prj'),
        workspace_id: project.workspaceId,
        slug,
        name: project.name ?? slug,
        plan: project.plan ?? FREE,
        settings: '{}',
        created_at: project.now,
        deleted_at: null,
      })
      .onConflict((on) => on.column('slug').where('deleted_at', 'is', null).doNothing())
      .returningAll()
      .executeTakeFirst()
    return row && toProject(row)
  })

/** A deleted project leaves its slug to its own workspace only, or a stranger would get its visitors. */
const refuseLeft = async (db: Kysely<Tables>, slug: string, workspaceId: string): Promise<void> => {
  const left = db.selectFrom('projects').select('id').where('slug', '=', slug).where('deleted_at', 'is not', null)
  if (await left.where('workspace_id', '<>', workspaceId).executeTakeFirst()) throw taken(slug)
}

const taken = (slug: string): AppError => new AppError('SLUG_TAKEN', { name: slug })
const noProject = (id: string): AppError => new AppError('NOT_FOUND', { what: 'project', id })

const toProject = (row: ProjectsTable): Project => ({
  id: row.id,
  workspaceId: row.workspace_id,
  slug: row.slug,
  name: row.name,
  plan: row.plan,
  createdAt: row.created_at,
})
