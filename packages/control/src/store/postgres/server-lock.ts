/** Owns that one server uses a database: an advisory lock that ends with the connection that holds it. */
import { type Log, randomText } from '@towline/base'
import { AppError, type Limits } from '@towline/protocol'
import pg from 'pg'
import { loggable } from './unreachable.ts'

export interface ServerLockOptions {
  readonly config: pg.ClientConfig
  readonly log: Log
  readonly limits: Limits
  /** Names the database to people. */
  readonly where: string
}

const APPLICATION = 'towline'

/** "towl" as a number; the schema is the second half, so that two may share a database. */
const LOCK = `${0x746f776c}, hashtext(current_schema())`

/**
 * The server drops the lock of a process that has died, and within half a minute that of a machine that has: it asks
 * silent connections for a sign. Needs a connection of its own, so no pooler that shares them between clients.
 */
const SETTINGS = ['set tcp_keepalives_idle = 10', 'set tcp_keepalives_interval = 5', 'set tcp_keepalives_count = 3']

export class ServerLock {
  readonly #options: ServerLockOptions
  /** Tells our own sessions, also those whose connection is lost. */
  readonly #name = `${APPLICATION} ${process.pid} ${randomText(8)}`
  #client: pg.Client | undefined
  #doubted = false
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
    if (this.#client && !this.#doubted) return
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined
    })
    return this.#taking
  }

  /** A query was not answered: the connection of the lock may be dead without a sign, so it is asked before the next. */
  doubt(): void {
    this.#doubted = true
  }

  /** Twice is harmless. */
  async release(): Promise<void> {
    this.#released = true
    await this.#taking?.catch(() => {})
    const client = this.#client
    this.#client = undefined
    if (client) await end(client, this.#options.limits.storeConnectMs)
  }

  async #take(): Promise<void> {
    if (this.#released) throw new Error('the store is closed')
    if (await this.#answers()) return
    const client = new pg.Client({ ...this.#options.config, application_name: this.#name })
    client.on('error', (error) => this.#lost(client, error))
    client.on('end', () => this.#lost(client))
    try {
      await client.connect()
      for (const setting of SETTINGS) await client.query(setting)
      await client.query(END_OWN, [this.#name])
      await this.#lock(client)
    } catch (error) {
      await end(client, this.#options.limits.storeConnectMs)
      throw error
    }
    this.#client = client
    this.#doubted = false
  }

  /** Whether the connection that held the lock still does. */
  async #answers(): Promise<boolean> {
    const client = this.#client
    if (!client) return false
    const question: Question = { text: 'select 1', query_timeout: this.#options.limits.storeConnectMs }
    try {
      await client.query(question)
      this.#doubted = false
      return true
    } catch (error) {
      this.#lost(client, error)
      void end(client, 0)
      return false
    }
  }

  /** Waits a moment: the database may not have noticed yet that the process before us died. */
  async #lock(client: pg.Client): Promise<void> {
    await client.query(`set lock_timeout = ${this.#options.limits.storeLockMs}`)
    try {
      await client.query(`select pg_advisory_lock(${LOCK})`)
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.code !== LOCK_NOT_AVAILABLE) throw error
      throw new AppError('ALREADY_RUNNING', { dir: this.#options.where, pid: await holder(client) }, { cause: error })
    }
  }

  #lost(client: pg.Client, error?: unknown): void {
    if (this.#client !== client) return
    this.#client = undefined
    this.#options.log.warn(loggable(error), 'the connection that holds the database broke')
  }
}

/** What pg knows and its types do not. */
interface Question extends pg.QueryConfig {
  readonly query_timeout: number
}

/** Ends a connection, in order when the other side answers, and without it when not. */
const end = async (client: pg.Client, withinMs: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, withinMs)
  })
  await Promise.race([client.end().catch(() => {}), late])
  clearTimeout(timer)
  client.connection.stream.destroy()
}

const LOCK_NOT_AVAILABLE = '55P03'

/** Sessions of ours whose connection is lost, but not to the database: it would take long to notice. */
const END_OWN =
  'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()'

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
  const [, pid = 'unknown'] = found.name.split(' ')
  return `${pid}${found.address === null ? '' : ` at ${found.address}`}`
}
