/** Owns telling what the MCP client reports in our words: who is at fault, and what to do. */
import { AppError, printable } from '@towline/protocol'

/** How much of a stranger's sentence is told on. */
const SAID_CHARS = 500

interface Thrown {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly cause?: unknown
  readonly data?: { readonly status?: unknown; readonly text?: unknown }
}

/** HTTP status that the server answered, when that is what went wrong. */
const statusOf = (error: unknown): number | undefined => {
  const { status } = ((error ?? {}) as Thrown).data ?? {}
  return typeof status === 'number' ? status : undefined
}

/**
 * Whether a server that keeps sessions no longer knows ours: 404 by the specification (Streamable HTTP, Session Management),
 * 400 with a word about it by servers that never read it.
 */
export const isSessionLost = (error: unknown): boolean => {
  const status = statusOf(error)
  if (status === 404) return true
  const { text } = ((error ?? {}) as Thrown).data ?? {}
  return status === 400 && typeof text === 'string' && /session/i.test(text.slice(0, 4096))
}

/** What the person who calls is told. */
export const remoteError = (error: unknown, url: string): AppError => {
  const own = appErrorIn(error)
  if (own) return own
  const { name, code, message } = (error ?? {}) as Thrown
  const status = statusOf(error)
  if (status === 401 || status === 403) {
    const problem = status === 401 ? 'it lets nobody in without one' : 'it does not let this one in'
    return new AppError('REMOTE_MCP_LOGIN', { url, problem })
  }
  if (status === 404) return new AppError('REMOTE_MCP_REFUSED', { url, problem: 'there is nothing at that path.' })
  if (status !== undefined)
    return new AppError('REMOTE_MCP_REFUSED', { url, problem: `it answers with the HTTP status ${status}.` })
  const said = told(message)
  if (name === 'ProtocolError' || typeof code === 'number')
    return new AppError('REMOTE_MCP_REFUSED', { url, problem: `${said} (${String(code)})` })
  return new AppError('REMOTE_MCP_BROKEN', { url, problem: said }, { cause: error })
}

/** The SDK wraps what our own connection threw. */
const appErrorIn = (error: unknown): AppError | undefined => {
  let at = error
  for (let depth = 0; depth < 5 && at instanceof Error; depth++) {
    if (at instanceof AppError) return at
    at = at.cause
  }
  return undefined
}

const told = (message: unknown): string => {
  const text = typeof message === 'string' && message !== '' ? message : 'it gave no reason'
  const line = printable(text.slice(0, SAID_CHARS).replace(/\s+/g, ' ')).trim()
  return text.length > SAID_CHARS ? `${line}…` : line
}
