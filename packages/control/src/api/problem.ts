/** Owns how errors are told to programs: problem+json (RFC 9457) with our stable code, and the challenge of 401 and 403. */
import { type Log, newId } from '@towline/base'
import { AppError, printable } from '@towline/protocol'
import { HTTPException } from 'hono/http-exception'
import { problemOf } from '../http/problem.ts'

export interface ProblemOptions {
  /** `req_…` */
  readonly requestId: string
  /** Path of the request. */
  readonly path: string
  readonly publicUrl: string
  /** A credential was shown, so a 401 is about it. */
  readonly shown: boolean
}

/** Anything thrown as an AppError; what is ours to fix goes into the log under an id. */
export const toAppError = (error: unknown, log: Pick<Log, 'error'>): AppError => {
  if (error instanceof AppError) return error
  if (error instanceof HTTPException && error.status < 500) {
    return new AppError('REQUEST_INVALID', { problem: printable(error.message) })
  }
  const id = newId('err')
  log.error({ err: error, id }, 'the control API met an error of ours')
  return new AppError('INTERNAL', { id })
}

/** What a schema found wrong, first things first. */
export const invalid = (issues: readonly { path: readonly PropertyKey[]; message: string }[]): AppError => {
  const [first] = issues
  const where = first && first.path.length > 0 ? `${first.path.map(String).join('.')}: ` : ''
  return new AppError('REQUEST_INVALID', { problem: printable(`${where}${first?.message ?? 'it cannot be read'}`) })
}

/** The whole answer. */
export const problemResponse = (error: AppError, options: ProblemOptions): Response => {
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  const challenge = challengeOf(error, options)
  if (challenge !== undefined) headers.set('www-authenticate', challenge)
  const { seconds } = error.details
  if (error.row.http === 429 && seconds !== undefined) headers.set('retry-after', String(seconds))
  const body = { ...problemOf(error), instance: options.path, requestId: options.requestId }
  return new Response(JSON.stringify(body), { status: error.row.http, headers })
}

/** RFC 6750 §3 and RFC 9728 §5.1: what was wrong with a token, which scope would do, and where to get one. */
const challengeOf = (error: AppError, { publicUrl, shown }: ProblemOptions): string | undefined => {
  const metadata = `resource_metadata="${publicUrl}/.well-known/oauth-protected-resource/api"`
  if (error.row.http === 401) return `Bearer ${shown ? 'error="invalid_token", ' : ''}${metadata}`
  if (error.code !== 'FORBIDDEN') return undefined
  return `Bearer error="insufficient_scope", scope="${error.details['permission']}", ${metadata}`
}
