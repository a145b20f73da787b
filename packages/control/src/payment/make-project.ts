/** Owns making a project under an endpoint that was asked for, or one made from its name. */
import { randomText } from '@towline/base'
import { AppError } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { addProject, type Project } from '../project/project-store.ts'
import type { Tables } from '../store/schema.ts'

/** What is to be made; kept with a checkout until it is paid. */
export interface ProjectRequest {
  readonly workspaceId: string
  readonly name: string
  readonly plan: string
  readonly endpoint?: string | undefined
}

const TAIL_CHARS = 4
const HEAD_CHARS = 32

/** Throws NAME_INVALID or NAME_RESERVED, and SLUG_TAKEN for an endpoint that was asked for. */
export const makeProject = async (
  db: Kysely<Tables>,
  { workspaceId, name, plan, endpoint }: ProjectRequest,
  now: number,
): Promise<Project> => {
  if (endpoint !== undefined) return addProject(db, { workspaceId, slug: endpoint, name, plan, now })
  const slug = slugOf(name)
  try {
    return await addProject(db, { workspaceId, slug, name, plan, now })
  } catch (error) {
    if (!(error instanceof AppError) || !['SLUG_TAKEN', 'NAME_RESERVED'].includes(error.code)) throw error
    return addProject(db, { workspaceId, slug: `${slug}-${randomText(TAIL_CHARS)}`, name, plan, now })
  }
}

/** "My Demo!" becomes `my-demo`. */
const slugOf = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[\u0300-\u036f]/g, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, HEAD_CHARS)
    .replaceAll(/^-+|-+$/g, '') || 'project'
