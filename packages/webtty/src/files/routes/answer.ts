/** Owns how answers are written: JSON, and refusals as problem+json (RFC 9457) with our stable code. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Log, newId } from '@towline/base'
import { AppError } from '@towline/protocol'
import { toFileError } from '../root/errno.ts'
import { isUnread } from './drain.ts'

/** On every answer: nothing here is ever a page of the origin it comes from. */
export const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; default-src 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
} as const

/** The code of a refusal. */
export const ERROR_FIELD = 'towline-error'

type HeaderValues = Readonly<Record<string, string | number>>

/** Ends the answer with a JSON body. */
export const sendJson = (
  res: ServerResponse,
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: HeaderValues } = {},
): void => {
  const bytes = Buffer.from(JSON.stringify(body))
  const type = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  res.writeHead(status, { ...ALWAYS, ...type, 'content-length': bytes.length, ...headers }).end(bytes)
}

/** Ends the answer without a body. */
export const sendEmpty = (res: ServerResponse, status: number, headers: HeaderValues = {}): void => {
  const length = status === 204 ? {} : { 'content-length': 0 }
  res.writeHead(status, { ...ALWAYS, 'cache-control': 'no-store', ...length, ...headers }).end()
}

/** What is ours to fix goes into the log under an id. */
export const toAppError = (error: unknown, log: Pick<Log, 'error'>): AppError => {
  const known = toFileError(error)
  if (known instanceof AppError) return known
  const id = newId('err')
  log.error({ err: error, id }, 'the file service met an error of ours')
  return new AppError('INTERNAL', { id })
}

/** Such as "File not found". */
const titleOf = (code: string): string => `${code.slice(0, 1)}${code.slice(1).toLowerCase().replaceAll('_', ' ')}`

/** Ends the answer with a refusal; one that has begun is broken off, so that it cannot pass for whole. */
export const sendProblem = (req: IncomingMessage, res: ServerResponse, error: AppError): void => {
  if (res.headersSent) {
    res.destroy()
    return
  }
  const { code, message, next, retryable, details } = error.toJSON()
  const problem = {
    type: `/docs/reference/errors#${code}`,
    title: titleOf(code),
    status: error.row.http,
    detail: message,
  }
  const bytes = Buffer.from(JSON.stringify({ ...problem, code, next, retryable, ...(details && { details }) }))
  const unread = isUnread(req) ? { connection: 'close' } : {}
  // HEAD has no body, so the code stands here too.
  const type = { 'content-type': 'application/problem+json', 'cache-control': 'no-store', [ERROR_FIELD]: code }
  res.writeHead(error.row.http, { ...ALWAYS, ...type, ...unread, ...fieldsOf(error), 'content-length': bytes.length })
  res.write(bytes)
}

/** Fields that some refusals carry. */
const fieldsOf = ({ code, details }: AppError): HeaderValues => {
  const fields: Partial<Record<typeof code, HeaderValues>> = {
    FILE_RANGE_INVALID: { 'content-range': `bytes */${details['size']}` },
    METHOD_UNSUPPORTED: { allow: details['allow'] ?? '' },
    UPLOAD_OFFSET: { 'upload-offset': details['offset'] ?? 0 },
    UPLOAD_VERSION: { 'tus-version': '1.0.0' },
  }
  return fields[code] ?? {}
}
