/** Owns minting a credential from another: fewer permissions, a shorter life, the same root. */
import {
  AppError,
  compileBoundary,
  intersect,
  type Limits,
  type Minted,
  type MintRequest,
  parseBoundary,
  type Rights,
} from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import { compileBoundaryRegex } from './boundary-regex.ts'
import { addCredential, countCredentials, type StoredCredential } from './credential-store.ts'
import { formatToken, hashSecret, newToken } from './token.ts'
import { requireLife } from './token-life.ts'

export interface MintOptions {
  readonly request: MintRequest
  readonly limits: Limits
  /** Integer seconds. */
  readonly now: number
}

/** Throws FORBIDDEN, OPTION_INVALID, TOKEN_LIFE_REFUSED, BOUNDARY_INVALID or LIMIT_REACHED. Call inside a transaction that has read `parent`. */
export const mintCredential = async (
  db: Kysely<Tables>,
  parent: StoredCredential,
  { request, limits, now }: MintOptions,
): Promise<Minted> => {
  if (!parent.permissions.includes('tokens.create')) throw new AppError('FORBIDDEN', { permission: 'tokens.create' })
  const { projectId } = parent
  if (projectId === null) throw new AppError('UNAUTHENTICATED')
  const { ttlSeconds } = request
  await requireLife(db, projectId, { ttlSeconds, most: limits.tokenSecondsMax })
  const { permissions, resources } = narrowed(parent, request)
  const expiresAt = Math.min(now + ttlSeconds, parent.expiresAt ?? Number.POSITIVE_INFINITY)
  if ((await countCredentials(db, projectId, now)) >= limits.credentials) {
    throw new AppError('LIMIT_REACHED', { limit: 'credentials', value: limits.credentials })
  }
  const token = newToken()
  await addCredential(db, {
    id: token.credentialId,
    projectId,
    secretHash: hashSecret(token.secret),
    permissions,
    resources,
    userId: parent.userId,
    parentId: parent.id,
    rootId: parent.rootId,
    createdAt: now,
    expiresAt,
  })
  const { credentialId } = token
  return { token: formatToken(token), credentialId, expiresAt, ...(resources && { resources }) }
}

/** What is asked for and held. A credential that could do nothing is refused. */
const narrowed = (held: Rights, { permissions, resources }: MintRequest) => {
  const [first] = permissions
  if (first === undefined)
    throw new AppError('OPTION_INVALID', { option: 'permissions', value: '', problem: 'name at least one' })
  const both = intersect(held, { permissions, resources: resources ? parseBoundary(resources) : null })
  if (both.permissions?.length === 0) throw new AppError('FORBIDDEN', { permission: first })
  // A pattern that could not be compiled later is refused now.
  if (both.resources) compileBoundary(both.resources, compileBoundaryRegex)
  return { permissions: both.permissions ?? permissions, resources: both.resources }
}
