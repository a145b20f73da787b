/** Owns the one seam between engine and control: who a credential is, what it may do, and when it stops being good. */
import type { Boundary } from './permissions/boundary.ts'
import type { LogEntry, Usage } from './observation.ts'
import type { Permission } from './permissions.ts'
import type { ProjectPolicy } from './policy.ts'

/** Who a verified credential is. */
export interface Principal {
  /** `crd_…` */
  readonly credentialId: string
  /** `prj_…` */
  readonly projectId: string
  /** DNS label of the project in public host names. */
  readonly projectSlug: string
  readonly permissions: readonly Permission[]
  /** `wsp_…` of the project; absent where there are no workspaces, and then no boundary of workspaces lets it in. */
  readonly workspaceId?: string
  /** What its permissions are for; absent is unbounded. */
  readonly resources?: Boundary
  /** Integer seconds since the epoch; absent means it does not expire. */
  readonly expiresAt?: number
  /** Who the credential was minted from; lease ownership follows the root credential. */
  readonly rootCredentialId: string
  /** The person whose login it is; absent for a project's own credential. */
  readonly userId?: string
  /** Integer seconds: the end of the token that was shown, when that comes before the credential's. */
  readonly tokenExpiresAt?: number
}

/** The protected resources, by the end of their URL: a token says which it is for. */
export const AUDIENCES = { root: '', api: '/api', engine: '/api/engine', mcp: '/api/mcp' } as const
export type Audience = keyof typeof AUDIENCES

/** What a credential is shown for. */
export interface VerifyRequest {
  /** Slug or id of a project: a person's login reaches several. Absent is the credential's own, or the only one there is. */
  readonly project?: string | undefined
  /** Where it is shown; the engine when absent. */
  readonly audience?: Audience | undefined
}

export interface MintRequest {
  readonly permissions: readonly Permission[]
  readonly ttlSeconds: number
  /** What they are for, at most what the parent's are for; absent is the parent's. */
  readonly resources?: Boundary | undefined
}

/** A freshly minted credential; `token` is shown once. */
export interface Minted {
  readonly token: string
  readonly credentialId: string
  readonly expiresAt: number
  /** What it is for, after narrowing; absent is unbounded. */
  readonly resources?: Boundary
}

/** A decision or act worth keeping: stream opens, refusals, cuts. Never holds a secret. */
export interface AuditRecord {
  readonly at: number
  readonly action: string
  readonly decision: 'allowed' | 'refused'
  readonly projectId?: string
  readonly credentialId?: string
  readonly target?: string
  readonly code?: string
  readonly requestId?: string
  readonly workspaceId?: string
  /** The person who acted, or on whose login an agent did. */
  readonly userId?: string
  /** The AI agent that acted, as it named itself. */
  readonly agent?: string
  /** The conversation of the agent, as it named it. */
  readonly thread?: string
  /** The tool that the agent called. */
  readonly tool?: string
  /** What else is worth keeping; never a secret. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** In one process a function call; apart it is HTTP plus locally verified keys. One conformance suite runs both. */
export interface Authority {
  /**
   * Throws AppError UNAUTHENTICATED for anything unknown, malformed, expired, revoked or meant for another audience or
   * project, without telling which. A login that is good gets PROJECT_NEEDED, or NOT_FOUND for a project it cannot see.
   */
  verify(token: string, request?: VerifyRequest): Promise<Principal>
  /** The project of a slug in a host name, or undefined. */
  project(slug: string): Promise<{ readonly id: string; readonly slug: string } | undefined>
  /**
   * Narrower and shorter-lived than the parent: permissions and boundaries intersect, life is at most the parent's. Throws
   * TOKEN_LIFE_REFUSED for a life that the settings of the project do not allow.
   */
  mint(parent: Principal, request: MintRequest): Promise<Minted>
  report(record: AuditRecord): void
  /** Takes a line of a project's log in passing; over a bound it is dropped and counted. */
  observe(entry: LogEntry): void
  /** Adds to what a project used, in passing. */
  count(usage: Usage): void
  /** What the settings of a project allow of tunnels that open now; undefined restricts nothing. */
  policy(projectId: string): Promise<ProjectPolicy | undefined>
  /** The id of the project that keeps a name for what it publishes, so that no other project may; undefined when none does. */
  keeper(name: string): Promise<string | undefined>
  /** Calls back with a credential id when it is revoked or expires early; answers an unsubscribe. */
  onRevoked(listener: (credentialId: string) => void): () => void
}
