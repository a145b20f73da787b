/**
 * Owns finding what a call is about, and whether its caller may see it: what it may not see is answered as if it were not
 * there.
 */
import { AppError, decide, refusalOf, type Role } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { type Checkout, findCheckout } from '../checkout/checkout-store.ts'
import { findCredential, type StoredCredential } from '../credential/credential-store.ts'
import { findProject, findProjectById, type Project } from '../project/project-store.ts'
import type { Tables } from '../store/schema.ts'
import { findRole } from '../workspace/member-store.ts'
import { findWorkspace, type Workspace } from '../workspace/workspace-store.ts'
import { type Caller, layersOf } from './caller.ts'
import type { Operation } from './operation.ts'

/** A caller's standing; no role for a project's own credential. */
interface Standing {
  readonly role: Role | undefined
}

export interface WorkspacePlace extends Standing {
  readonly workspace: Workspace
  readonly project?: undefined
}

export interface ProjectPlace extends Standing {
  readonly project: Project
  readonly workspace?: undefined
}

/** What operations are about: nothing but the caller, or what the input names. */
export interface Place {
  readonly caller: { readonly workspace?: undefined; readonly project?: undefined; readonly role?: undefined }
  /** `workspaceId` */
  readonly workspace: WorkspacePlace
  /** `projectId`: an id or an endpoint. */
  readonly project: ProjectPlace
  /** `projectId` when it is there, else `workspaceId`. */
  readonly either: WorkspacePlace | ProjectPlace
  /** `credentialId` */
  readonly credential: ProjectPlace & { readonly credential: StoredCredential }
  /** `checkoutId` */
  readonly checkout: WorkspacePlace & { readonly checkout: Checkout }
}

export type At = keyof Place

/** One look. */
export interface Look {
  readonly db: Kysely<Tables>
  readonly caller: Caller
  readonly input: Readonly<Record<string, unknown>>
  /** Integer seconds. */
  readonly now: number
}

/** The place of a call that its caller may see. Throws NOT_FOUND or LOGIN_NEEDED. */
const FIND: { readonly [Where in At]: (look: Look) => Promise<Place[Where]> } = {
  caller: async () => ({}),
  workspace: (look) => workspaceOf(look, look.input['workspaceId'] as string),
  project: (look) => visibleProject(look, look.input['projectId'] as string),
  either: async (look) => {
    const { projectId, workspaceId } = look.input as { projectId?: string; workspaceId?: string }
    if (projectId !== undefined) return visibleProject(look, projectId)
    if (workspaceId !== undefined) return workspaceOf(look, workspaceId)
    if (look.caller.projectId !== undefined) return visibleProject(look, look.caller.projectId)
    throw new AppError('REQUEST_INVALID', { problem: 'name a workspaceId or a projectId' })
  },
  credential: async (look) => {
    const id = look.input['credentialId'] as string
    const credential = await findCredential(look.db, id)
    if (!credential?.projectId) throw missing('credential', id)
    return { ...(await as('credential', id, () => visibleProject(look, credential.projectId as string))), credential }
  },
  checkout: async (look) => {
    const id = look.input['checkoutId'] as string
    const checkout = await findCheckout(look.db, id, look.now)
    if (!checkout) throw missing('checkout', id)
    return { ...(await as('checkout', id, () => workspaceOf(look, checkout.workspaceId))), checkout }
  },
}

/** Finds what an operation is about and decides. Throws NOT_FOUND, LOGIN_NEEDED, FORBIDDEN or OUT_OF_BOUNDS. */
export const enter = async <Where extends At>(op: Operation, at: Where, look: Look): Promise<Place[Where]> => {
  const place = await FIND[at](look)
  if (at === 'caller') return place
  const { project, workspace, role } = place as WorkspacePlace | ProjectPlace
  const target = { workspaceId: project?.workspaceId ?? workspace?.id, projectId: project?.id }
  const { caller } = look
  const actor = { projectId: project && caller.projectId }
  const decision = decide({ op, actor, target, layers: layersOf(caller, role) })
  if (decision.allow) return place
  if (decision.reason === 'boundary' && op.risk === 'read') {
    throw missing(at, project?.slug ?? workspace?.id ?? '')
  }
  throw refusalOf(decision)
}

/** Throws NOT_FOUND for one that the caller may not see. */
export const visibleProject = async ({ db, caller }: Look, id: string): Promise<ProjectPlace> => {
  // An endpoint holds no underscore, so the two cannot be mistaken.
  const project = id.startsWith('prj_') ? await findProjectById(db, id) : await findProject(db, id)
  if (!project || (caller.projectId !== undefined && caller.projectId !== project.id)) throw missing('project', id)
  if (caller.userId === undefined) return { project, role: undefined }
  const role = await findRole(db, { workspaceId: project.workspaceId, userId: caller.userId })
  if (role === undefined) throw missing('project', id)
  return { project, role }
}

const workspaceOf = async ({ db, caller }: Look, id: string): Promise<WorkspacePlace> => {
  const workspace = await findWorkspace(db, id)
  const own = caller.projectId === undefined ? undefined : await findProjectById(db, caller.projectId)
  if (!workspace || (own && own.workspaceId !== id)) throw missing('workspace', id)
  if (caller.userId === undefined || own) throw new AppError('LOGIN_NEEDED')
  const role = await findRole(db, { workspaceId: id, userId: caller.userId })
  if (role === undefined) throw missing('workspace', id)
  return { workspace, role }
}

/** What belongs to something that is not there is not there either. */
const as = async <T>(what: string, id: string, find: () => Promise<T>): Promise<T> => {
  try {
    return await find()
  } catch (error) {
    throw error instanceof AppError && error.code === 'NOT_FOUND' ? missing(what, id) : error
  }
}

const missing = (what: string, id: string): AppError => new AppError('NOT_FOUND', { what, id: id.slice(0, 64) })
