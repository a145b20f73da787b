/** Owns bringing a database to the schema this version knows; a newer one is refused. */
import { AppError } from '@towline/protocol'
import { type Kysely, sql, type Transaction } from 'kysely'
import { migration0001 } from './migrations/0001-projects-credentials-audit.ts'
import { migration0002 } from './migrations/0002-people-and-oauth.ts'
import { migration0003 } from './migrations/0003-sessions.ts'
import { migration0004 } from './migrations/0004-approvals.ts'
import { migration0005 } from './migrations/0005-names-kept-once.ts'
import { migration0006 } from './migrations/0006-audit-append-only.ts'
import { migration0007 } from './migrations/0007-agent-calls.ts'
import type { Tables } from './schema.ts'
import { type Dialect, type Statement, statementFor } from './statement.ts'

/** In order; the first has number 1. Portable SQL: text, bigint, JSON as text. */
export const MIGRATIONS: readonly (readonly Statement[])[] = [
  ...[migration0001, migration0002, migration0003, migration0004, migration0005, migration0006],
  migration0007,
]

export interface Migrating {
  readonly dialect: Dialect
  /** Names the data in errors. */
  readonly dir: string
}

/**
 * Runs what is missing, each migration in a transaction of its own; the caller holds the lock of the database. Throws
 * DATA_NEWER or DATA_BROKEN.
 */
export const migrate = async (db: Kysely<Tables>, { dialect, dir }: Migrating): Promise<void> => {
  await sql`create table if not exists schema_version (one bigint primary key, version bigint not null)`.execute(db)
  const found = await schemaVersion(db)
  if (!Number.isSafeInteger(found) || found < 0) {
    throw new AppError('DATA_BROKEN', { dir, problem: `its schema version is ${found}` })
  }
  if (found > MIGRATIONS.length) throw new AppError('DATA_NEWER', { dir, found, known: MIGRATIONS.length })
  for (let version = found + 1; version <= MIGRATIONS.length; version++) {
    await db.transaction().execute((step) => apply(step, version, dialect))
  }
}

/** The number of the last migration that ran; 0 for an empty database. */
export const schemaVersion = async (db: Kysely<Tables>): Promise<number> => {
  const { rows } = await sql<{ version: number }>`select version from schema_version where one = 1`.execute(db)
  return Number(rows[0]?.version ?? 0)
}

const apply = async (step: Transaction<Tables>, version: number, dialect: Dialect): Promise<void> => {
  for (const statement of MIGRATIONS[version - 1] ?? []) {
    const text = statementFor(statement, dialect)
    if (text !== undefined) await sql.raw(text).execute(step)
  }
  await sql`insert into schema_version (one, version) values (1, ${version})
    on conflict (one) do update set version = excluded.version`.execute(step)
}
