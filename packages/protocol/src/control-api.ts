/** Owns the shapes that the control API answers, as its callers read them. The schemas of the API are held to them by its tests. */
import type { Permission } from './permissions.ts'
import type { Role } from './permissions/roles.ts'

export interface WorkspaceView {
  readonly id: string
  readonly slug: string
  readonly name: string
  /** Of the person who asks. */
  readonly role?: Role | undefined
  /** Integer seconds. */
  readonly createdAt: number
}

export interface MemberView {
  readonly userId: string
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly createdAt: number
}

/** A person who was added to a workspace. */
export interface AddedMember {
  readonly member: MemberView
  readonly workspaceId: string
  /** The person cannot sign in yet. */
  readonly invited: boolean
  /** One-time link for that person; shown once. */
  readonly inviteUrl?: string | undefined
}

export interface ProjectView {
  readonly id: string
  readonly workspaceId: string
  readonly name: string
  /** The DNS label of its host names. */
  readonly endpoint: string
  readonly host: string
  readonly plan: string
  readonly region: string
  readonly createdAt: number
}

export interface CheckoutView {
  readonly id: string
  readonly workspaceId: string
  readonly plan: string
  readonly status: 'open' | 'completed' | 'cancelled' | 'expired'
  readonly url: string
  readonly projectId?: string | undefined
  readonly createdAt: number
  readonly expiresAt: number
}

/** A project, or the checkout that leads to it. */
export interface CreatedProject {
  readonly action: 'created' | 'checkout'
  readonly project?: ProjectView | undefined
  readonly checkout?: CheckoutView | undefined
}

/** A credential of a project, without its token. */
export interface CredentialView {
  readonly id: string
  readonly kind: 'owner' | 'login' | 'project' | 'delegated' | 'exchange'
  readonly name?: string | undefined
  readonly projectId: string
  readonly permissions: readonly Permission[]
  readonly resources?: Readonly<Record<string, unknown>> | undefined
  readonly userId?: string | undefined
  readonly parentId?: string | undefined
  readonly createdAt: number
  readonly lastUsedAt?: number | undefined
  readonly expiresAt?: number | undefined
}

export interface IssuedCredential {
  readonly credential: CredentialView
  /** Shown once. */
  readonly token?: string | undefined
}

export interface RevokedCredential {
  readonly credentialId: string
  /** Those that were good until now. */
  readonly revoked: readonly string[]
}
