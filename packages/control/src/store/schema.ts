/** Owns the types of the tables, as the migrations leave them. Times are integer seconds, ids are text, lists are JSON. */

export interface ProjectsTable {
  readonly id: string
  readonly slug: string
  readonly created_at: number
}

export interface CredentialsTable {
  readonly id: string
  readonly project_id: string
  /** SHA-256 of the secret part of the token, in hex; the secret itself is never stored. */
  readonly secret_hash: string
  /** JSON list of permissions. */
  readonly permissions: string
  /** Whom it was minted from; null for a root. */
  readonly parent_id: string | null
  /** The root of the chain of parents; a root names itself. */
  readonly root_id: string
  readonly created_at: number
  readonly expires_at: number | null
  readonly revoked_at: number | null
}

export interface AuditTable {
  /** Grows with time, so that it sorts by age. */
  readonly id: string
  readonly at: number
  readonly action: string
  readonly decision: string
  readonly project_id: string | null
  readonly credential_id: string | null
  readonly target: string | null
  readonly code: string | null
  readonly request_id: string | null
}

export interface Tables {
  readonly projects: ProjectsTable
  readonly credentials: CredentialsTable
  readonly audit: AuditTable
}
