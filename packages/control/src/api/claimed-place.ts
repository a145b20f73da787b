/** Owns where something belongs that a workstation tells of: a project its caller may see, else all that is the caller's. */
import { AppError } from '@towline/protocol'
import type { ClaimedPlace } from '../audit/agent-calls.ts'
import { findProjectById } from '../project/project-store.ts'
import { onlyWorkspace } from '../workspace/member-store.ts'
import { type Look, visibleProject } from './places.ts'

/**
 * What is claimed decides only among what the caller may see, so nobody writes into a project of others. A name that is
 * not there refuses nothing: it may have been there when it was written down.
 */
export const claimedPlace = async (look: Omit<Look, 'input'>, projectId: string | undefined): Promise<ClaimedPlace> => {
  const { db, caller } = look
  const named = projectId === undefined ? undefined : await seen(look, projectId)
  if (named) return { projectId: named.id, workspaceId: named.workspaceId }
  const own = caller.projectId === undefined ? undefined : await findProjectById(db, caller.projectId)
  if (own) return { projectId: own.id, workspaceId: own.workspaceId }
  return { workspaceId: caller.userId === undefined ? undefined : await onlyWorkspace(db, caller.userId) }
}

const seen = async (look: Omit<Look, 'input'>, projectId: string) => {
  try {
    return (await visibleProject({ ...look, input: {} }, projectId)).project
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return undefined
    throw error
  }
}
