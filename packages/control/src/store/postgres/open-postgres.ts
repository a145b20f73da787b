/** Owns PostgreSQL by its URL: its connections, the lock of one server, the migrations, and the words when it is not there. */
import type { Log } from '@towline/base'
import { AppError, type Limits } from '@towline/protocol'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { asDataError } from '../data-error.ts'
import { migrate } from '../migrate.ts'
import type { Store } from '../open-store.ts'
import type { Tables } from '../schema.ts'
import { guardedPool } from './guarded-pool.ts'
import { isUnreachable } from './unreachable.ts'
import { ServerLock } from './server-lock.ts'

export interface PostgresOptions {
  readonly url: string
  readonly log: Log
  readonly limits: Limits
}

/** Throws ALREADY_RUNNING, DATA_NEWER, DATA_BROKEN or DATABASE_UNREACHABLE. */
export const openPostgres = async (options: PostgresOptions): Promise<Store> => {
  const { url, log, limits } = options
  const where = shownUrl(url)
  const config = clientConfig(url, limits)
  const lock = new ServerLock({ config, log, limits, where })
  try {
    await lock.hold()
    await migrateAlone(config, where)
  } catch (error) {
    await lock.release()
    throw isUnreachable(error) ? unreachable(error, where) : asDataError(error, where)
  }
  const pool = new pg.Pool({ ...config, max: limits.storeConnections, query_timeout: limits.storeAnswerMs })
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: guardedPool(pool, lock, log) }) })
  return { db, kind: 'postgres', close: closeOnce(db, lock) }
}

/** Counts and times fit a double; sums of them come as numeric. */
const NUMBERS: ReadonlySet<number> = new Set([pg.types.builtins.INT8, pg.types.builtins.NUMERIC])

const clientConfig = (url: string, limits: Limits): pg.ClientConfig => ({
  connectionString: url,
  application_name: `towline ${process.pid}`,
  connectionTimeoutMillis: limits.storeConnectMs,
  keepAlive: true,
  types: {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      NUMBERS.has(oid) ? Number : pg.types.getTypeParser(oid, format as 'text'),
  } as pg.CustomTypesConfig,
})

/** Migrations take what time they need, so they have a connection without a deadline. */
const migrateAlone = async (config: pg.ClientConfig, where: string): Promise<void> => {
  const pool = new pg.Pool({ ...config, max: 1 })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  try {
    await migrate(db, { dialect: 'postgres', dir: where })
  } finally {
    await db.destroy()
  }
}

const closeOnce = (db: Kysely<Tables>, lock: ServerLock): (() => Promise<void>) => {
  let closing: Promise<void> | undefined
  return () => {
    closing ??= db.destroy().finally(() => lock.release())
    return closing
  }
}

/** The address without user, password and options. */
const shownUrl = (url: string): string => {
  if (!URL.canParse(url)) return 'the database'
  const { host, pathname } = new URL(url)
  return `postgres://${host}${pathname}`
}

const unreachable = (error: unknown, where: string): AppError => {
  const problem = error instanceof Error ? error.message || error.name : String(error)
  return new AppError('DATABASE_UNREACHABLE', { database: where, problem }, { cause: error })
}
