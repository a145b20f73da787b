/** Owns the second schema: people, workspaces, OAuth, idempotency, checkouts, usage, logs. Landed: never edited. */

/**
 * Runs on SQLite and PostgreSQL alike. A column that loses `not null` means a new table on SQLite, so projects and
 * credentials are copied; `credentials_next` refers to itself and follows its own renaming.
 */
export const migration0002: readonly string[] = [
  `create table users (
    id text primary key,
    email text not null unique,
    name text not null,
    created_at bigint not null,
    disabled_at bigint
  )`,
  `create table workspaces (
    id text primary key,
    slug text not null unique,
    name text not null,
    created_at bigint not null
  )`,
  // The workspace of what was made before there were workspaces, and of what "up" makes.
  `insert into workspaces (id, slug, name, created_at) values ('wsp_first', 'main', 'Main', 0)`,
  `create table members (
    workspace_id text not null references workspaces (id) on delete cascade,
    user_id text not null references users (id) on delete cascade,
    role text not null,
    created_at bigint not null,
    primary key (workspace_id, user_id)
  )`,
  'create index members_by_user on members (user_id)',
  `create table projects_next (
    id text primary key,
    workspace_id text not null references workspaces (id),
    slug text not null,
    name text not null,
    plan text not null,
    settings text not null,
    created_at bigint not null,
    deleted_at bigint
  )`,
  `insert into projects_next (id, workspace_id, slug, name, plan, settings, created_at)
    select id, 'wsp_first', slug, slug, 'free', '{}', created_at from projects`,
  `create table credentials_next (
    id text primary key,
    kind text not null,
    project_id text references projects_next (id) on delete cascade,
    user_id text references users (id) on delete cascade,
    name text,
    secret_hash text,
    permissions text not null,
    resources text,
    client_id text,
    grant_id text,
    parent_id text references credentials_next (id) on delete cascade,
    root_id text not null,
    created_at bigint not null,
    last_used_at bigint,
    expires_at bigint,
    revoked_at bigint
  )`,
  `insert into credentials_next
      (id, kind, project_id, secret_hash, permissions, parent_id, root_id, created_at, expires_at, revoked_at)
    select id, case when parent_id is null then 'owner' else 'delegated' end,
      project_id, secret_hash, permissions, parent_id, root_id, created_at, expires_at, revoked_at from credentials`,
  'drop table credentials',
  'drop table projects',
  'alter table projects_next rename to projects',
  'alter table credentials_next rename to credentials',
  'create unique index projects_by_slug on projects (slug) where deleted_at is null',
  'create index projects_by_workspace on projects (workspace_id, id)',
  'create index credentials_by_parent on credentials (parent_id)',
  'create index credentials_by_project on credentials (project_id, id)',
  'create index credentials_by_user on credentials (user_id)',
  'create index credentials_by_expiry on credentials (expires_at)',
  "create unique index credentials_by_grant on credentials (grant_id) where kind = 'login'",
  `create table oauth_records (
    model text not null,
    id_hash text not null,
    payload text not null,
    uid_hash text,
    user_code_hash text,
    grant_id text,
    account_id text,
    consumed_at bigint,
    expires_at bigint,
    primary key (model, id_hash)
  )`,
  'create index oauth_records_by_uid on oauth_records (model, uid_hash)',
  'create index oauth_records_by_user_code on oauth_records (model, user_code_hash)',
  'create index oauth_records_by_grant on oauth_records (grant_id)',
  'create index oauth_records_by_account on oauth_records (account_id)',
  'create index oauth_records_by_expiry on oauth_records (expires_at)',
  `create table keys (
    id text primary key,
    kind text not null,
    payload text not null,
    created_at bigint not null,
    retired_at bigint
  )`,
  'create index keys_by_kind on keys (kind, created_at)',
  `create table idempotency (
    principal text not null,
    op text not null,
    key text not null,
    body_hash text not null,
    response text,
    created_at bigint not null,
    primary key (principal, op, key)
  )`,
  'create index idempotency_by_age on idempotency (created_at)',
  `create table checkouts (
    id text primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    plan text not null,
    fingerprint text not null,
    status text not null,
    project_id text references projects (id) on delete cascade,
    request text not null,
    created_at bigint not null,
    expires_at bigint not null
  )`,
  'create index checkouts_by_workspace on checkouts (workspace_id, id)',
  'alter table audit add column workspace_id text',
  'alter table audit add column user_id text',
  'alter table audit add column agent text',
  'alter table audit add column details text',
  'create index audit_by_project on audit (project_id, id)',
  'create index audit_by_workspace on audit (workspace_id, id)',
  `create table domains (
    project_id text not null references projects (id) on delete cascade,
    name text not null,
    kind text not null,
    created_at bigint not null,
    primary key (project_id, kind, name)
  )`,
  `create table usage_hours (
    project_id text not null,
    hour bigint not null,
    metric text not null,
    value bigint not null,
    primary key (project_id, hour, metric)
  )`,
  `create table request_logs (
    id text primary key,
    project_id text not null,
    at bigint not null,
    kind text not null,
    tunnel_id text,
    tunnel text,
    labels text not null,
    method text,
    host text,
    path text,
    status bigint,
    duration_ms bigint,
    bytes_in bigint,
    bytes_out bigint,
    address text,
    credential_id text,
    request_id text,
    code text,
    message text
  )`,
  'create index request_logs_by_project on request_logs (project_id, id)',
  'create index request_logs_by_tunnel on request_logs (project_id, tunnel, id)',
]
