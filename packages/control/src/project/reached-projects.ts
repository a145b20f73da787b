/** Owns which projects a person reaches, and by which role. */
import { AppError, type Role } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'

/** A project that a person reaches. */
export interface Reached {
  readonly id: string
  readonly slug: string
  readonly workspaceId: string
  readonly role: Role
}

/** None for a person who is disabled; at most one when `project`, a slug or an id, is named. */
export const reachedProjects = async (
  db: Kysely<Tables>,
  userId: string,
  project: string | undefined,
): Promise<readonly Reached[]> => {
  let query = db
    .selectFrom('projects')
    .innerJoin('members', 'members.workspace_id', 'projects.workspace_id')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select(['projects.id', 'projects.slug', 'projects.workspace_id as workspaceId', 'members.role'])
    .where('members.user_id', '=', userId)
    .where('users.disabled_at', 'is', null)
    .where('projects.deleted_at', 'is', null)
  // A slug holds no underscore, so the two cannot be mistaken.
  const column = project?.startsWith('prj_') === true ? 'projects.id' : 'projects.slug'
  if (project !== undefined) query = query.where(column, '=', project)
  return (await query.execute()) as Reached[]
}

/** The project a login acts in. Throws NOT_FOUND for one it does not see, PROJECT_NEEDED when it sees several. */
export const reachedProject = async (
  db: Kysely<Tables>,
  userId: string,
  project: string | undefined,
): Promise<Reached> => {
  const reached = await reachedProjects(db, userId, project)
  const [only] = reached
  if (reached.length > 1) throw new AppError('PROJECT_NEEDED', { count: reached.length })
  if (!only) throw new AppError('NOT_FOUND', { what: 'project', id: (project ?? '').slice(0, 64) })
  return only
}
