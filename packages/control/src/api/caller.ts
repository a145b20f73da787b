/** Owns who calls the control API: a project's own credential or a person's login, before anything is asked for. */
import {
  type AgentClaim,
  AppError,
  type Authority,
  type Boundary,
  compileBoundary,
  intersectPermissions,
  type Layer,
  type Permission,
  permissionsOfRole,
  type Rights,
  type Role,
} from '@towline/protocol'
import type { Kysely } from 'kysely'
import { compileBoundaryRegex } from '../credential/boundary-regex.ts'
import { findCredential } from '../credential/credential-store.ts'
import { parseToken } from '../credential/token.ts'
import type { Tables } from '../store/schema.ts'

/** Someone who has proven who it is. */
export interface Caller {
  /** `crd_…` */
  readonly credentialId: string
  readonly rootCredentialId: string
  /** The person on whose behalf it acts; its role bounds what it may do. */
  readonly userId?: string | undefined
  /** The only project it acts in; absent for a login, which reaches all projects of its person. */
  readonly projectId?: string | undefined
  /** What was granted, before roles. */
  readonly permissions: readonly Permission[]
  /** Null is unbounded. */
  readonly resources: Boundary | null
  /** The OAuth client, or what it calls itself. */
  readonly agent?: string | undefined
  /** For which agent it says that it calls; proves nothing. */
  readonly claim?: AgentClaim | undefined
  /** Integer seconds. */
  readonly expiresAt?: number | undefined
}

/** What a login's access token is, as the OAuth server's store tells it. */
export interface LoginToken {
  readonly login: {
    readonly id: string
    readonly userId: string
    readonly clientId: string | null
    readonly resources: Boundary | null
    readonly rootId: string
    readonly expiresAt: number | null
  }
  /** Those of the login that the token carries. */
  readonly permissions: readonly Permission[]
}

export interface IdentifyDeps {
  readonly db: Kysely<Tables>
  readonly authority: Pick<Authority, 'verify'>
  /** Throws UNAUTHENTICATED for what is no access token for this API. Absent where there are no logins. */
  readonly findLogin?: ((token: string) => Promise<LoginToken>) | undefined
}

/** Answers who shows a token. It throws UNAUTHENTICATED for anything else, without telling why. */
export const createIdentify =
  ({ db, authority, findLogin }: IdentifyDeps) =>
  async (token: string): Promise<Caller> => {
    if (parseToken(token)) return callerOfProject(db, await authority.verify(token))
    if (!findLogin) throw new AppError('UNAUTHENTICATED')
    const { login, permissions } = await findLogin(token)
    return {
      credentialId: login.id,
      rootCredentialId: login.rootId,
      userId: login.userId,
      permissions,
      resources: login.resources,
      agent: login.clientId ?? undefined,
      expiresAt: login.expiresAt ?? undefined,
    }
  }

const callerOfProject = async (
  db: Kysely<Tables>,
  principal: Awaited<ReturnType<Authority['verify']>>,
): Promise<Caller> => {
  const stored = await findCredential(db, principal.credentialId)
  if (!stored) throw new AppError('UNAUTHENTICATED')
  return {
    credentialId: principal.credentialId,
    rootCredentialId: principal.rootCredentialId,
    userId: stored.userId ?? undefined,
    projectId: principal.projectId,
    permissions: principal.permissions,
    resources: principal.resources ?? null,
    expiresAt: principal.expiresAt,
  }
}

/** What a caller may do where it has a role, as what it hands on has to keep within. */
export const rightsAt = ({ permissions, resources }: Caller, role: Role | undefined): Rights => ({
  permissions: role === undefined ? permissions : intersectPermissions(permissions, permissionsOfRole(role)),
  resources,
})

/** What bounds a caller where it has a role, or has no person behind it and so needs none. */
export const layersOf = (caller: Caller, role: Role | undefined): [Layer, ...Layer[]] => {
  const resources = caller.resources && compileBoundary(caller.resources, compileBoundaryRegex)
  const credential: Layer = { name: 'credential', permissions: caller.permissions, resources }
  if (role === undefined) return [credential]
  return [credential, { name: 'role', permissions: permissionsOfRole(role), resources: null }]
}
