/** Owns who an OAuth access token is: its login, what of it the token carries, and what the person's role leaves of that. */
import {
  AppError,
  type Audience,
  intersectPermissions,
  type Permission,
  permissionsOfRole,
  type Principal,
} from '@towline/protocol'
import type { Kysely } from 'kysely'
import { findLogin, type StoredCredential } from '../credential/credential-store.ts'
import type { Reached } from '../project/reached-projects.ts'
import type { Tables } from '../store/schema.ts'
import { sha256 } from './record-id.ts'
import { findAudience, takesOf } from './resources.ts'
import { permissionsOf } from './scopes.ts'

/** A login, whose person is known. */
export type Login = StoredCredential & { readonly userId: string }

/** An access token that is good, and its login. */
export interface LoginToken {
  readonly login: Login
  /** Those of the login that the token carries. */
  readonly permissions: readonly Permission[]
  /** Whom it was issued for. */
  readonly audience: Audience
  /** Integer seconds. */
  readonly expiresAt: number
}

export interface LoginTokenRequest {
  /** Where it is shown; any place when absent. */
  readonly audience?: Audience
  readonly publicUrl: string
  /** Integer seconds. */
  readonly now: number
}

/** What oidc-provider makes of 256 random bits. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/

export const isLoginToken = (text: string): boolean => TOKEN.test(text)

/** Throws UNAUTHENTICATED, without telling why. */
export const findLoginToken = async (
  db: Kysely<Tables>,
  token: string,
  { audience, publicUrl, now }: LoginTokenRequest,
): Promise<LoginToken> => {
  const row = isLoginToken(token) ? await accessToken(db, token) : undefined
  if (row?.grant_id == null || row.expires_at == null || row.expires_at <= now) throw new AppError('UNAUTHENTICATED')
  const { aud, scope } = JSON.parse(row.payload) as { readonly aud?: string | string[]; readonly scope?: string }
  const own = findAudience(publicUrl, [aud ?? ''].flat()[0] as string)
  if (own === undefined || !takesOf(audience ?? own).includes(own)) throw new AppError('UNAUTHENTICATED')
  const login = await findLogin(db, row.grant_id)
  if (!login || !isGood(login, now)) throw new AppError('UNAUTHENTICATED')
  const permissions = common(login.permissions, permissionsOf(scope))
  return { login, permissions, audience: own, expiresAt: row.expires_at }
}

/** Whether a login is neither over nor revoked, and a person's. */
export const isGood = (login: StoredCredential, now: number): login is Login =>
  login.userId !== null && login.revokedAt === null && (login.expiresAt ?? Infinity) > now

const accessToken = (db: Kysely<Tables>, token: string) =>
  db
    .selectFrom('oauth_records')
    .select(['payload', 'grant_id', 'expires_at'])
    .where('model', '=', 'AccessToken')
    .where('id_hash', '=', sha256(token))
    .executeTakeFirst()

/** Intersection of all layers: what was ticked, what the token carries, what the role gives. */
export const principalOf = ({ login, permissions, expiresAt }: LoginToken, project: Reached): Principal => ({
  credentialId: login.id,
  projectId: project.id,
  projectSlug: project.slug,
  workspaceId: project.workspaceId,
  permissions: common(permissions, permissionsOfRole(project.role)),
  rootCredentialId: login.rootId,
  userId: login.userId,
  tokenExpiresAt: expiresAt,
  ...(login.resources && { resources: login.resources }),
  ...(login.expiresAt === null ? {} : { expiresAt: login.expiresAt }),
})

/** What two layers both give. */
export const common = (a: readonly Permission[], b: readonly Permission[]): readonly Permission[] =>
  intersectPermissions(a, b) as readonly Permission[]
