/** Owns that one server uses a database: an advisory lock that ends with the connection that holds it. */
import type { Log } from '@towline/base'
import { AppError, type Limits } from '@towline/protocol'
import pg from 'pg'

export interface ServerLockOptions {
  readonly config: pg.ClientConfig
  readonly log: Log
  readonly limits: Limits
}

/** "towl" as a number; the schema is the second half, so that two may share a database. */
const LOCK = `${0x746f776c}, hashtext(current_schema())`

/**
 * The server drops the lock of a process that has died, and within half a minute that of a machine that has: it asks
 * silent connections for a sign. Needs a connection of its own, so no pooler that shares them between clients.
 */
const SETTINGS = [
  'set tcp_keepalives_idle = 10',
  'set tcp_keepalives_interval = 5',
  'set tcp_keepalives_count = 3',
  'set idle_session_timeout = 0',
]

export class ServerLock {
  readonly #options: ServerLockOptions
  #client: pg.Client | undefined
  #taking: Promise<void> | undefined
  #released = false

  constructor(options: ServerLockOptions) {
    this.#options = options
  }

  /**
   * Resolves when the lock is held, and takes it again when its connection broke. Throws ALREADY_RUNNING, or what the
   * driver says when the database is not there.
   */
  async hold(): Promise<void> {
    if (this.#client) return
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined
    })
    return this.#taking
  }

  /** Twice is harmless. */
  async release(): Promise<void> {
    this.#released = true
    await this.#taking?.catch(() => {})
    const client = this.#client
    this.#client = undefined
    await client?.end()
  }

  async #take(): Promise<void> {
    if (this.#released) throw new Error('Connection terminated: the store is closed')
    const client = new pg.Client(this.#options.config)
    client.on('error', (error) => this.#lost(client, error))
    client.on('end', () => this.#lost(client))
    try {
      await client.connect()
      for (const setting of SETTINGS) await client.query(setting).catch(ignoreUnknownSetting)
      await this.#lock(client)
    } catch (error) {
      await client.end().catch(() => {})
      throw error
    }
    this.#client = client
  }

  /** Waits a moment: the server may not have noticed yet that the process before us died. */
  async #lock(client: pg.Client): Promise<void> {
    await client.query(`set lock_timeout = ${this.#options.limits.storeLockMs}`)
    try {
      await client.query(`select pg_advisory_lock(${LOCK})`)
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.code !== LOCK_NOT_AVAILABLE) throw error
      throw new AppError('ALREADY_RUNNING', { pid: await holder(client) }, { cause: error })
    }
  }

  #lost(client: pg.Client, error?: Error): void {
    if (this.#client !== client) return
    this.#client = undefined
    this.#options.log.warn({ err: error }, 'the connection that holds the database broke')
  }
}

const LOCK_NOT_AVAILABLE = '55P03'
const UNDEFINED_OBJECT = '42704'

const ignoreUnknownSetting = (error: unknown): void => {
  if (!(error instanceof pg.DatabaseError) || error.code !== UNDEFINED_OBJECT) throw error
}

/** The process that holds the lock, as it named itself. */
const holder = async (client: pg.Client): Promise<string> => {
  const { rows } = await client.query<{ name: string; address: string | null }>(
    `select a.application_name as name, host(a.client_addr) as address from pg_locks l
      join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.granted and l.classid = ${0x746f776c}
        and l.objid::bigint = (hashtext(current_schema())::bigint & 4294967295)
        and l.database = (select oid from pg_database where datname = current_database())`,
  )
  const [found] = rows
  if (!found) return 'unknown'
  return `${found.name.replace(/^towline /, '')}${found.address === null ? '' : ` at ${found.address}`}`
}
