/** Owns which failures of PostgreSQL mean that it is not there, rather than that we asked for something wrong. */
import { AppError } from '@towline/protocol'
import pg from 'pg'

/**
 * Classes of SQLSTATE: 08 connection, 28 login, 3D no such database, 40 rolled back for another's sake, 53 out of
 * resources, 57 shut down, starting or out of time. 25006 is a server that only reads, after a failover.
 */
const GONE = /^(08|28|3D|40|53|57|25006)/

/** Mistakes of ours, which the driver throws before it asks. */
const OURS = [AppError, TypeError, RangeError, SyntaxError]

/** What else the driver throws without a SQLSTATE is about the connection: broken, timed out, refused, not trusted. */
export const isUnreachable = (error: unknown): boolean => {
  if (error instanceof pg.DatabaseError) return GONE.test(error.code ?? '')
  return error instanceof Error && !OURS.some((kind) => error instanceof kind)
}

/** What of an error goes into the log: the pool hangs the whole connection on some, with all it was opened by. */
export const loggable = (error: unknown): object =>
  error instanceof Error ? { problem: error.message, ...('code' in error ? { code: error.code } : {}) } : {}
