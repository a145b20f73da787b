/** Owns the connections queries run on: none while another server may hold the database, and none that has failed twice. */
import type { Log } from '@towline/base'
import { AppError } from '@towline/protocol'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import type pg from 'pg'
import { refuseNul } from '../refuse-nul.ts'
import type { ServerLock } from './server-lock.ts'
import { isUnreachable, loggable } from './unreachable.ts'

/** A pool whose connections throw AUTHORITY_UNAVAILABLE while the server is not there, and come back with it. */
export const guardedPool = (pool: pg.Pool, lock: ServerLock, log: Log): PostgresPool => {
  // A connection that breaks tells whoever listens, and ends the process when nobody does.
  pool.on('error', (error) => log.warn(loggable(error), 'an idle connection to the database broke'))
  pool.on('connect', (client) => client.on('error', () => {}))
  const unavailable = (error: unknown): unknown => {
    if (!isUnreachable(error) && !isTakenOver(error)) return error
    lock.doubt()
    log.warn(loggable(error), 'the database does not answer')
    return new AppError('AUTHORITY_UNAVAILABLE', {}, { cause: error })
  }
  return {
    connect: async () => {
      try {
        await lock.hold()
        return guardedClient(await pool.connect(), unavailable)
      } catch (error) {
        throw unavailable(error)
      }
    },
    end: () => pool.end(),
  }
}

/** Another server took the lock while ours was broken. */
const isTakenOver = (error: unknown): boolean => error instanceof AppError && error.code === 'ALREADY_RUNNING'

/** A connection that failed is not used again: an answer that is late would meet the next question. */
const guardedClient = (client: pg.PoolClient, unavailable: (error: unknown) => unknown): PostgresPoolClient => {
  let failure: unknown
  const query = async (text: string, parameters: readonly unknown[]): Promise<unknown> => {
    if (failure !== undefined) throw failure
    refuseNul(parameters)
    try {
      return await client.query(text, [...parameters])
    } catch (error) {
      const told = unavailable(error)
      if (told !== error) failure = told
      throw told
    }
  }
  return { query: query as PostgresPoolClient['query'], release: () => client.release(failure !== undefined) }
}
