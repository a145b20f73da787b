/** Owns the projects in the database. */
import { newId } from '@towline/base'
import { validateSlug } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'

export interface Project {
  /** `prj_…` */
  readonly id: string
  readonly slug: string
}

/** The workspace that migration 0002 makes. */
const FIRST_WORKSPACE = 'wsp_first'

/** The project of a slug, or undefined. */
export const findProject = (db: Kysely<Tables>, slug: string): Promise<Project | undefined> =>
  db
    .selectFrom('projects')
    .select(['id', 'slug'])
    .where('slug', '=', slug)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()

/** The project of a slug, made when there is none. Throws NAME_INVALID or NAME_RESERVED. */
export const ensureProject = async (db: Kysely<Tables>, slug: string, now: number): Promise<Project> => {
  const made = await db
    .insertInto('projects')
    .values({
      id: newId('prj'),
      workspace_id: FIRST_WORKSPACE,
      slug: validateSlug(slug),
      name: slug,
      plan: 'free',
      settings: '{}',
      created_at: now,
    })
    .onConflict((on) => on.column('slug').where('deleted_at', 'is', null).doNothing())
    .returning(['id', 'slug'])
    .executeTakeFirst()
  return made ?? ((await findProject(db, slug)) as Project)
}
