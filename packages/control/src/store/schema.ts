/**
 * Owns the types of the tables, as the migrations leave them. Times are integer seconds, ids are text, lists and objects
 * are JSON as text. better-auth reads and writes its own tables (`auth_…`).
 */

export interface UsersTable {
  /** `usr_…`; the same id as in better-auth's `auth_user`. */
  readonly id: string
  /** In lower case. */
  readonly email: string
  readonly name: string
  readonly created_at: number
  readonly disabled_at: number | null
}

export interface WorkspacesTable {
  /** `wsp_…` */
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly created_at: number
}

export interface MembersTable {
  readonly workspace_id: string
  readonly user_id: string
  /** owner, admin, member or viewer. */
  readonly role: string
  readonly created_at: number
}

export interface ProjectsTable {
  /** `prj_…` */
  readonly id: string
  readonly workspace_id: string
  /** Unique among those that are not deleted. */
  readonly slug: string
  readonly name: string
  readonly plan: string
  /** JSON object. */
  readonly settings: string
  readonly created_at: number
  readonly deleted_at: number | null
}

export interface CredentialsTable {
  /** `crd_…` */
  readonly id: string
  /** owner, login, project, delegated or exchange. */
  readonly kind: string
  /** Null for a login, which reaches every project of its user. */
  readonly project_id: string | null
  readonly user_id: string | null
  readonly name: string | null
  /** SHA-256 of the secret part of the token, in hex; null for a login, whose tokens are OAuth records. */
  readonly secret_hash: string | null
  /** JSON list of permissions. */
  readonly permissions: string
  /** JSON boundary; null is unbounded. */
  readonly resources: string | null
  readonly client_id: string | null
  /** The OAuth grant of a login. */
  readonly grant_id: string | null
  /** Whom it was minted from; null for a root. */
  readonly parent_id: string | null
  /** The root of the chain of parents; a root names itself. */
  readonly root_id: string
  readonly created_at: number
  readonly last_used_at: number | null
  readonly expires_at: number | null
  readonly revoked_at: number | null
}

export interface OauthRecordsTable {
  /** AccessToken, Session, Client …: a model of oidc-provider. */
  readonly model: string
  /** SHA-256 of the id, which is the token itself. */
  readonly id_hash: string
  /** JSON object without the id. */
  readonly payload: string
  readonly uid_hash: string | null
  readonly user_code_hash: string | null
  readonly grant_id: string | null
  readonly account_id: string | null
  readonly consumed_at: number | null
  readonly expires_at: number | null
}

export interface KeysTable {
  readonly id: string
  /** What it is for. */
  readonly kind: string
  readonly payload: string
  readonly created_at: number
  readonly retired_at: number | null
}

export interface IdempotencyTable {
  readonly principal: string
  readonly op: string
  readonly key: string
  readonly body_hash: string
  /** JSON; null while the first call runs. */
  readonly response: string | null
  readonly created_at: number
}

export interface CheckoutsTable {
  /** `chk_…` */
  readonly id: string
  readonly workspace_id: string
  readonly plan: string
  readonly fingerprint: string
  /** open, completed, cancelled. */
  readonly status: string
  readonly project_id: string | null
  /** JSON of what is created when it completes. */
  readonly request: string
  readonly created_at: number
  readonly expires_at: number
}

export interface DomainsTable {
  readonly project_id: string
  readonly name: string
  /** reserved: a tunnel name that only this project's members may host. */
  readonly kind: string
  readonly created_at: number
}

export interface AuditTable {
  /** Grows with time, so that it sorts by age. */
  readonly id: string
  /** changes; traffic: what comes in masses or was refused; agents: what workstations claim. Each has its own bound. */
  readonly trail: string
  readonly at: number
  readonly action: string
  readonly decision: string
  readonly project_id: string | null
  readonly credential_id: string | null
  readonly target: string | null
  readonly code: string | null
  readonly request_id: string | null
  readonly workspace_id: string | null
  readonly user_id: string | null
  readonly agent: string | null
  readonly thread: string | null
  readonly tool: string | null
  /** Of a call of an agent: who told of it, and the id it was told under. Unique. */
  readonly claim: string | null
  /** JSON object. */
  readonly details: string | null
}

export interface AuditTrimsTable {
  readonly trail: string
  /** Records up to this one may be deleted. */
  readonly up_to: string
}

export interface ApprovalsTable {
  /** `apr_…` */
  readonly id: string
  /** Who asks. */
  readonly credential_id: string
  /** On whose behalf; that person decides. */
  readonly user_id: string | null
  /** Whose members decide when nobody stands behind the credential. */
  readonly workspace_id: string | null
  readonly op: string
  /** Hash of the operation and its exact arguments. */
  readonly fingerprint: string
  /** JSON of the arguments, for the person who decides. */
  readonly request: string
  readonly agent: string | null
  /** Of what a workstation asks: its tool, what it asks in words, what it is about, and the agent's thread. */
  readonly tool: string | null
  readonly summary: string | null
  readonly target: string | null
  readonly thread: string | null
  /** pending, approved, refused, used. */
  readonly status: string
  readonly decided_by: string | null
  readonly created_at: number
  readonly expires_at: number
}

export interface UsageHoursTable {
  readonly project_id: string
  /** Hours since the epoch. */
  readonly hour: number
  readonly metric: string
  readonly value: number
}

export interface RequestLogsTable {
  /** Grows with time, so that it sorts by age. */
  readonly id: string
  readonly project_id: string
  readonly at: number
  /** request or lifecycle. */
  readonly kind: string
  readonly tunnel_id: string | null
  /** The name of the tunnel. */
  readonly tunnel: string | null
  /** `key=value` lines, each between newlines. */
  readonly labels: string
  readonly method: string | null
  readonly host: string | null
  /** Without its query. */
  readonly path: string | null
  readonly status: number | null
  readonly duration_ms: number | null
  readonly bytes_in: number | null
  readonly bytes_out: number | null
  readonly address: string | null
  readonly credential_id: string | null
  readonly request_id: string | null
  readonly code: string | null
  readonly message: string | null
}

export interface Tables {
  readonly users: UsersTable
  readonly workspaces: WorkspacesTable
  readonly members: MembersTable
  readonly projects: ProjectsTable
  readonly credentials: CredentialsTable
  readonly oauth_records: OauthRecordsTable
  readonly keys: KeysTable
  readonly idempotency: IdempotencyTable
  readonly checkouts: CheckoutsTable
  readonly domains: DomainsTable
  readonly audit: AuditTable
  readonly audit_trims: AuditTrimsTable
  readonly approvals: ApprovalsTable
  readonly usage_hours: UsageHoursTable
  readonly request_logs: RequestLogsTable
}
