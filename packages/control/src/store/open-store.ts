/** Owns opening the store: a database embedded in a folder, or PostgreSQL by its URL. */
import type { Log } from '@towline/base'
import type { Limits } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { Tables } from './schema.ts'
import { openSqlite } from './sqlite/open-sqlite.ts'

/** An open database; one server at a time uses it. */
export interface Store {
  readonly db: Kysely<Tables>
  readonly kind: 'sqlite' | 'postgres'
  /** Twice is harmless. */
  close(): Promise<void>
}

export type StoreOptions = ({ readonly dir: string } | { readonly url: string }) & {
  readonly log: Log
  readonly limits: Limits
}

/**
 * Opens the store and brings it to the schema of this version. Throws ALREADY_RUNNING, DATA_NEWER, DATA_BROKEN or
 * DATABASE_UNREACHABLE. Later, a PostgreSQL that is gone makes every query throw AUTHORITY_UNAVAILABLE until it is back.
 */
export const openStore = async (options: StoreOptions): Promise<Store> => {
  if ('dir' in options) return openSqlite(options.dir)
  const { openPostgres } = await import('./postgres/open-postgres.ts')
  return openPostgres(options)
}
