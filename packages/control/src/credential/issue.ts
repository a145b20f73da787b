/** Owns making the long-lived credentials of a project: for devices and jobs, with no more rights than their maker. */
import {
  AppError,
  compileBoundary,
  intersect,
  type Limits,
  parseBoundary,
  type Permission,
  type Rights,
} from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import { compileBoundaryRegex } from './boundary-regex.ts'
import { addCredential, countCredentials } from './credential-store.ts'
import { formatToken, hashSecret, newToken } from './token.ts'
import { longestLife, requireLife } from './token-life.ts'

export interface IssueRequest {
  readonly projectId: string
  readonly name: string
  readonly permissions: readonly Permission[]
  /** Read strictly here; absent is what the maker has. */
  readonly resources?: unknown
  /** As long as its project allows, up to projectTokenSeconds, when absent. */
  readonly ttlSeconds?: number | undefined
}

/** Who makes it. */
export interface Maker {
  /** What it may do in the project. */
  readonly rights: Rights
  readonly userId: string | undefined
  /** What it ends with: a project's own credential. A person's login may end without it. */
  readonly parent?: { readonly id: string; readonly rootId: string; readonly expiresAt: number | undefined } | undefined
}

/** Would make more of themselves, which outlive whatever was lost. */
const NEVER: readonly Permission[] = ['tokens.manage']

/** Throws OPTION_INVALID, TOKEN_LIFE_REFUSED, BOUNDARY_INVALID, FORBIDDEN or LIMIT_REACHED. Answers the token, which is shown once, and the id. */
export const issueCredential = async (
  db: Kysely<Tables>,
  request: IssueRequest,
  { maker, limits, now }: { readonly maker: Maker; readonly limits: Limits; readonly now: number },
): Promise<{ readonly token: string; readonly credentialId: string }> => {
  const never = request.permissions.find((permission) => NEVER.includes(permission))
  if (never) {
    const problem = 'a long-lived credential makes no others'
    throw new AppError('OPTION_INVALID', { option: 'permissions', value: never, problem })
  }
  const ttlSeconds = await lifeOf(db, request, limits)
  const { permissions, resources } = narrowed(maker.rights, request)
  if ((await countCredentials(db, request.projectId, now)) >= limits.credentials) {
    throw new AppError('LIMIT_REACHED', { limit: 'credentials', value: limits.credentials })
  }
  const token = newToken()
  await addCredential(db, {
    id: token.credentialId,
    kind: 'project',
    projectId: request.projectId,
    name: request.name,
    secretHash: hashSecret(token.secret),
    permissions,
    resources,
    userId: maker.userId ?? null,
    parentId: maker.parent?.id ?? null,
    rootId: maker.parent?.rootId ?? token.credentialId,
    createdAt: now,
    expiresAt: Math.min(now + ttlSeconds, maker.parent?.expiresAt ?? Number.POSITIVE_INFINITY),
  })
  return { token: formatToken(token), credentialId: token.credentialId }
}

const lifeOf = async (db: Kysely<Tables>, request: IssueRequest, limits: Limits): Promise<number> => {
  const { projectId, ttlSeconds } = request
  if (ttlSeconds === undefined) return longestLife(db, projectId, limits.projectTokenSeconds)
  await requireLife(db, projectId, { ttlSeconds, most: limits.tokenSecondsMax })
  return ttlSeconds
}

const narrowed = (held: Rights, { permissions: asked, resources: bounds }: IssueRequest) => {
  const both = intersect(held, { permissions: asked, resources: bounds === undefined ? null : parseBoundary(bounds) })
  const permissions = both.permissions ?? asked
  if (permissions.length === 0) throw new AppError('FORBIDDEN', { permission: asked[0] ?? 'none' })
  // A pattern that could not be compiled later is refused now.
  if (both.resources) compileBoundary(both.resources, compileBoundaryRegex)
  return { permissions, resources: both.resources }
}
