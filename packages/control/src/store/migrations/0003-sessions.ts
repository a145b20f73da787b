/** Owns the third schema: what better-auth keeps of sessions, in its own words. Landed: never edited. */

/**
 * better-auth 1.7.5 with its passkey plugin, tables named `auth_…`. SQLite takes any type name and keeps what it is
 * given: better-auth hands it 0 and 1 for boolean and ISO text for timestamptz.
 */
export const migration0003: readonly string[] = [
  `create table auth_user (
    id text not null primary key,
    name text not null,
    email text not null unique,
    "emailVerified" boolean not null,
    image text,
    "createdAt" timestamptz not null,
    "updatedAt" timestamptz not null
  )`,
  `create table auth_session (
    id text not null primary key,
    "expiresAt" timestamptz not null,
    token text not null unique,
    "createdAt" timestamptz not null,
    "updatedAt" timestamptz not null,
    "ipAddress" text,
    "userAgent" text,
    "userId" text not null references auth_user (id) on delete cascade
  )`,
  `create table auth_account (
    id text not null primary key,
    "accountId" text not null,
    "providerId" text not null,
    "userId" text not null references auth_user (id) on delete cascade,
    "accessToken" text,
    "refreshToken" text,
    "idToken" text,
    "accessTokenExpiresAt" timestamptz,
    "refreshTokenExpiresAt" timestamptz,
    scope text,
    password text,
    "createdAt" timestamptz not null,
    "updatedAt" timestamptz not null
  )`,
  `create table auth_verification (
    id text not null primary key,
    identifier text not null,
    value text not null,
    "expiresAt" timestamptz not null,
    "createdAt" timestamptz not null,
    "updatedAt" timestamptz not null
  )`,
  `create table auth_passkey (
    id text not null primary key,
    name text,
    "publicKey" text not null,
    "userId" text not null references auth_user (id) on delete cascade,
    "credentialID" text not null,
    counter integer not null,
    "deviceType" text not null,
    "backedUp" boolean not null,
    transports text,
    "createdAt" timestamptz,
    aaguid text
  )`,
  'create index auth_session_by_user on auth_session ("userId")',
  'create index auth_account_by_user on auth_account ("userId")',
  'create index auth_verification_by_identifier on auth_verification (identifier)',
  'create index auth_passkey_by_user on auth_passkey ("userId")',
  'create index auth_passkey_by_credential on auth_passkey ("credentialID")',
]
