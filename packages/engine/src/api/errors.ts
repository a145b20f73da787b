/** Owns how the engine API tells errors. */
import { type Log, newId } from '@towline/base'
import { AppError, printable } from '@towline/protocol'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** Every thrown thing as an AppError; ours-to-fix ones go into the log under an id. */
export const toAppError = (error: unknown, log: Pick<Log, 'error'>): AppError => {
  if (error instanceof AppError) return error
  if (error instanceof HTTPException && error.status < 500) {
    return new AppError('REQUEST_INVALID', { problem: printable(error.message) })
  }
  const id = newId('err')
  log.error({ err: error, id }, 'the engine API met an error of ours')
  return new AppError('INTERNAL', { id })
}

/** The body and status of an error. */
export const errorResponse = (context: Context, error: AppError): Response =>
  context.json({ error: error.toJSON() }, error.row.http as ContentfulStatusCode, retryAfter(error))

/** When a call that came too often may come again (RFC 9110 §10.2.3). */
export const retryAfter = ({ code, details }: AppError): Record<string, string> =>
  code === 'RATE_LIMITED' ? { 'retry-after': String(details['seconds']) } : {}

/** What a schema found wrong, first things first. */
export const invalid = (
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): AppError => {
  const [first] = issues
  const where = first && first.path.length > 0 ? `${first.path.map(String).join('.')}: ` : ''
  return new AppError('REQUEST_INVALID', { problem: printable(`${where}${first?.message ?? 'it cannot be read'}`) })
}
