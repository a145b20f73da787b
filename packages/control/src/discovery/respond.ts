/** Owns how discovery answers: methods, CORS, caching, conditional requests, and refusals as problem+json (RFC 9457). */
import { AppError, shown } from '@towline/protocol'
import { problemOf } from '../http/problem.ts'
import type { SiteDocument } from './document.ts'

/** Documents are public and read by pages of other origins; nothing here looks at a credential. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'ETag, Link, Vary, Content-Signal',
}
const ALWAYS = { ...CORS, 'x-content-type-options': 'nosniff' }
const METHODS = 'GET, HEAD, OPTIONS'
const MAX_AGE_SECONDS = 300

/** Answers one request for a document. */
export const respond = (request: Request, document: SiteDocument): Response => {
  const refused = refuseMethod(request)
  if (refused) return refused
  const headers = {
    ...ALWAYS,
    'cache-control': `public, max-age=${MAX_AGE_SECONDS}`,
    etag: document.etag,
    ...document.headers,
  }
  if (isKnown(request, document)) return new Response(null, { status: 304, headers })
  const length = { 'content-type': document.type, 'content-length': String(document.body.length) }
  const body = request.method === 'HEAD' ? null : new Uint8Array(document.body)
  return new Response(body, { status: 200, headers: { ...headers, ...length } })
}

/** A value that is told anew each time. */
export const respondFresh = (request: Request, status: number, value: unknown): Response => {
  const refused = refuseMethod(request)
  if (refused) return refused
  const headers = { ...ALWAYS, 'cache-control': 'no-store', 'content-type': 'application/json' }
  return new Response(request.method === 'HEAD' ? null : `${JSON.stringify(value, null, 2)}\n`, { status, headers })
}

export const pageUnknown = (path: string): AppError => new AppError('PAGE_UNKNOWN', { path: shown(path) })

/** An error as application/problem+json, with our code and next step as members of their own. */
export const problem = (error: AppError, headers: Readonly<Record<string, string>> = {}): Response => {
  return new Response(`${JSON.stringify(problemOf(error), null, 2)}\n`, {
    status: error.row.http,
    headers: { ...ALWAYS, 'cache-control': 'no-store', 'content-type': 'application/problem+json', ...headers },
  })
}

/** The answer to methods that read nothing: what a preflight asks, and a refusal for all others. */
const refuseMethod = ({ method }: Request): Response | undefined => {
  if (method === 'GET' || method === 'HEAD') return undefined
  if (method !== 'OPTIONS')
    return problem(new AppError('METHOD_UNSUPPORTED', { method: shown(method) }), { allow: METHODS })
  const asked = {
    allow: METHODS,
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': 'Content-Type, If-None-Match',
    'access-control-max-age': '86400',
  }
  return new Response(null, { status: 204, headers: { ...ALWAYS, ...asked } })
}

/** If-None-Match compares weakly (RFC 9110 §13.1.2). */
const isKnown = ({ headers }: Request, { etag }: SiteDocument): boolean => {
  const asked = headers.get('if-none-match')
  if (asked === null) return false
  return asked.trim() === '*' || asked.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
}
