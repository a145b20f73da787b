/** Owns telling errors that end a session or tunnel for good from those that are waited out. */
import type { AppError, ErrorCode } from '@towline/protocol'

/** Not retryable as the same call, yet gone after an upgrade or restart of the engine. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['PROTOCOL_ERROR', 'INTERNAL'])

/** What stands in the way of connecting; a machine that has been online meets it on foreign networks and leaves it behind. */
const OF_THE_PATH: ReadonlySet<ErrorCode> = new Set(['SERVER_UNTRUSTED', 'NOT_TOWLINE', 'PROXY_REFUSED'])

/** A lease of our own link that died may linger until goneMs. */
const OF_OLD_LEASES: ReadonlySet<ErrorCode> = new Set(['NAME_TAKEN', 'PORT_IN_USE'])

/** Whether a session that has been online is over. */
export const endsSession = ({ code, row }: AppError): boolean =>
  !row.retryable && !PASSING.has(code) && !OF_THE_PATH.has(code)

/** Whether a tunnel cannot be opened again, `lostMs` after its link was lost. */
export const endsTunnel = ({ code, row }: AppError, lostMs: number, goneMs: number): boolean =>
  OF_OLD_LEASES.has(code) ? lostMs > goneMs : !row.retryable && !PASSING.has(code)
