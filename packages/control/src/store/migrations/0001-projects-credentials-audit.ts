/** Owns the first schema. Landed: never edited; what changes comes as the next number. */

export const migration0001: readonly string[] = [
  `create table projects (
    id text primary key,
    slug text not null unique,
    created_at bigint not null
  )`,
  `create table credentials (
    id text primary key,
    project_id text not null references projects (id) on delete cascade,
    secret_hash text not null,
    permissions text not null,
    parent_id text references credentials (id) on delete cascade,
    root_id text not null,
    created_at bigint not null,
    expires_at bigint,
    revoked_at bigint
  )`,
  'create index credentials_by_parent on credentials (parent_id)',
  'create index credentials_by_project on credentials (project_id)',
  'create index credentials_by_expiry on credentials (expires_at)',
  `create table audit (
    id text primary key,
    at bigint not null,
    action text not null,
    decision text not null,
    project_id text,
    credential_id text,
    target text,
    code text,
    request_id text
  )`,
]
