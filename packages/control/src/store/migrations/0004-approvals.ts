/** Owns the fourth schema: what agents asked people to allow. Landed: never edited. */
export const migration0004: readonly string[] = [
  `create table approvals (
    id text not null primary key,
    credential_id text not null,
    user_id text,
    workspace_id text,
    op text not null,
    fingerprint text not null,
    request text not null,
    agent text,
    status text not null,
    decided_by text,
    created_at bigint not null,
    expires_at bigint not null
  )`,
  'create index approvals_by_credential on approvals (credential_id, fingerprint)',
  'create index approvals_by_expiry on approvals (expires_at)',
]
