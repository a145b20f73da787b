/** Owns minting a credential from another: fewer permissions, a shorter life, the same root. */
import {
  ALL_PERMISSIONS,
  AppError,
  type Limits,
  type Minted,
  type MintRequest,
  type Permission,
} from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import { addCredential, countCredentials, type StoredCredential } from './credential-store.ts'
import { formatToken, hashSecret, newToken } from './token.ts'

export interface MintOptions {
  readonly request: MintRequest
  readonly limits: Limits
  /** Integer seconds. */
  readonly now: number
}

/** Throws FORBIDDEN, OPTION_INVALID or LIMIT_REACHED. Call inside a transaction that has read `parent`. */
export const mintCredential = async (
  db: Kysely<Tables>,
  parent: StoredCredential,
  { request, limits, now }: MintOptions,
): Promise<Minted> => {
  if (!parent.permissions.includes('tokens.create')) throw new AppError('FORBIDDEN', { permission: 'tokens.create' })
  const { projectId } = parent
  if (projectId === null) throw new AppError('UNAUTHENTICATED')
  const permissions = narrowed(parent.permissions, request.permissions)
  const expiresAt = Math.min(now + life(request.ttlSeconds, limits), parent.expiresAt ?? Number.POSITIVE_INFINITY)
  if ((await countCredentials(db, projectId, now)) >= limits.credentials) {
    throw new AppError('LIMIT_REACHED', { limit: 'credentials', value: limits.credentials })
  }
  const token = newToken()
  await addCredential(db, {
    id: token.credentialId,
    projectId,
    secretHash: hashSecret(token.secret),
    permissions,
    resources: parent.resources,
    userId: parent.userId,
    parentId: parent.id,
    rootId: parent.rootId,
    createdAt: now,
    expiresAt,
  })
  return { token: formatToken(token), credentialId: token.credentialId, expiresAt }
}

/** What is asked for and held, in table order. A credential that could do nothing is refused. */
const narrowed = (held: readonly Permission[], wanted: readonly Permission[]): Permission[] => {
  const permissions = ALL_PERMISSIONS.filter((permission) => held.includes(permission) && wanted.includes(permission))
  const [first] = wanted
  if (first === undefined)
    throw new AppError('OPTION_INVALID', { option: 'permissions', value: '', problem: 'name at least one' })
  if (permissions.length === 0) throw new AppError('FORBIDDEN', { permission: first })
  return permissions
}

const life = (ttlSeconds: number, limits: Limits): number => {
  if (Number.isSafeInteger(ttlSeconds) && ttlSeconds >= 1 && ttlSeconds <= limits.tokenSecondsMax) return ttlSeconds
  const problem = `a life has 1 to ${limits.tokenSecondsMax} whole seconds`
  throw new AppError('OPTION_INVALID', { option: 'ttlSeconds', value: ttlSeconds, problem })
}
