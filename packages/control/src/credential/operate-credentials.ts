/** Owns what the operator may do about credentials and projects, and ending a credential for whoever asks. */
import { ALL_PERMISSIONS, AppError } from '@towline/protocol'
import { type Keeping, keepOperator } from '../audit/keep.ts'
import type { StoreAuthority } from '../authority.ts'
import { ensureProject, findProject, type Project } from '../project/project-store.ts'
import { inTransaction } from '../store/transaction.ts'
import { addCredential, findCredential } from './credential-store.ts'
import { revokeGrant, revokeTree } from './revoke.ts'
import { formatToken, hashSecret, newToken } from './token.ts'

export interface OperateDeps extends Keeping {
  readonly authority: Pick<StoreAuthority, 'tellRevoked'>
  /** Integer seconds. */
  readonly now: () => number
}

/** A credential with all permissions that does not expire; `token` is shown once. */
export interface OwnerCredential {
  readonly token: string
  readonly credentialId: string
}

export const createOwner = async (deps: OperateDeps, projectId: string): Promise<OwnerCredential> => {
  const token = newToken()
  const id = token.credentialId
  const secretHash = hashSecret(token.secret)
  const root = { id, projectId, secretHash, permissions: ALL_PERMISSIONS, parentId: null, rootId: id }
  await inTransaction(deps.db, async (db) => {
    await addCredential(db, { ...root, createdAt: deps.now(), expiresAt: null })
    await keepOperator({ ...deps, db }, { action: 'tokens.create', projectId, target: id })
  })
  return { token: formatToken(token), credentialId: id }
}

/** Ends a credential and all that descend from it, and tells the engine. Throws NOT_FOUND. */
export const endCredential = async ({ db, authority, now }: OperateDeps, id: string): Promise<readonly string[]> => {
  const found = await findCredential(db, id)
  if (!found) throw new AppError('NOT_FOUND', { what: 'credential', id })
  const { grantId } = found
  const revoked = grantId === null ? await revokeTree(db, id, now()) : await revokeGrant(db, grantId, now())
  authority.tellRevoked(revoked)
  return revoked
}

export const revokeByOperator = async (deps: OperateDeps, id: string): Promise<readonly string[]> => {
  const revoked = await endCredential(deps, id)
  await keepOperator(deps, { action: 'tokens.revoke', target: id })
  return revoked
}

/** The project of a slug, made when there is none. Throws NAME_INVALID or NAME_RESERVED. */
export const projectOf = async (deps: OperateDeps, slug: string): Promise<Project> => {
  const known = await findProject(deps.db, slug)
  if (known) return known
  const project = await ensureProject(deps.db, slug, deps.now())
  const { id, workspaceId } = project
  await keepOperator(deps, { action: 'projects.create', projectId: id, workspaceId, target: id })
  return project
}
