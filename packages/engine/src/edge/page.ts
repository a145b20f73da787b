/** Owns what the edge itself answers: a small escaped page for people, JSON for programs, both with the request id. */
import { createHash } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import { escapeHtml } from '@towline/base'
import type { AppError } from '@towline/protocol'
import { linkWords, RETURN_SCRIPT } from './link-page.ts'

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem;color:#222;background:#fff}' +
  'h1{font-size:1.25rem}p{margin:.5rem 0}code{color:#666;font-size:.8rem}kbd{overflow-wrap:anywhere}' +
  '@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}code{color:#999}}'
const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const POLICY = `default-src 'none'; style-src ${hashOf(STYLE)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
const LINK_POLICY = `${POLICY}; script-src ${hashOf(RETURN_SCRIPT)}`

/** Whom the answer is for. */
export interface PageFor {
  readonly requestId: string
  /** The Accept field; absent when the head could not be read. */
  readonly accept?: string | undefined
  /** The request was HEAD: no body follows. */
  readonly headOnly?: boolean
  /** The connection ends after this answer. */
  readonly close: boolean
  /** Seconds. */
  readonly retryAfter: number
  /** Address of a terminal that opens by a link, which this visitor lacks. */
  readonly terminalUrl?: string | undefined
}

/** The whole answer, head and body. Its status is the error's row. */
export const renderPage = (error: AppError, to: PageFor): Buffer => {
  const html = prefersHtml(to.accept)
  const body = Buffer.from(html ? pageOf(error, to) : jsonOf(error, to.requestId), 'utf8')
  const status = error.row.http
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
    `Date: ${new Date().toUTCString()}`,
    `Content-Type: ${html ? 'text/html' : 'application/json'}; charset=utf-8`,
    `Content-Length: ${body.length}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Referrer-Policy: no-referrer',
    `Content-Security-Policy: ${to.terminalUrl === undefined ? POLICY : LINK_POLICY}`,
    `X-Request-Id: ${to.requestId}`,
    ...(status === 401 ? ['WWW-Authenticate: Bearer realm="towline"'] : []),
    ...(status === 503 || status === 429 ? [`Retry-After: ${to.retryAfter}`] : []),
    ...(status === 405 ? ['Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'] : []),
    ...(to.close ? ['Connection: close'] : []),
  ]
  const bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1')
  return to.headOnly ? bytes : Buffer.concat([bytes, body])
}

/** People's browsers name text/html; who does not, or likes JSON better, gets JSON. */
export const prefersHtml = (accept: string | undefined): boolean => {
  if (accept === undefined) return false
  const html = weightOf(accept, 'text/html')
  return html > 0 && html >= weightOf(accept, 'application/json')
}

/** Weight of a media type that is named in full, 0 when it is not. */
const weightOf = (accept: string, type: string): number => {
  for (const part of accept.split(',')) {
    const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase())
    if (name !== type) continue
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    return weight === undefined ? 1 : Number(weight.slice(2)) || 0
  }
  return 0
}

const jsonOf = (error: AppError, requestId: string): string => `${JSON.stringify({ error, requestId })}\n`

const pageOf = (error: AppError, { requestId, terminalUrl }: PageFor): string => {
  const title = `${error.row.http} ${STATUS_CODES[error.row.http] ?? 'Error'}`
  const words =
    terminalUrl === undefined
      ? `<h1>${title}</h1><p>${escapeHtml(error.message)}</p><p>${escapeHtml(error.next)}</p>`
      : linkWords(escapeHtml(terminalUrl))
  const script = terminalUrl === undefined ? '' : `<script>${RETURN_SCRIPT}</script>`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style>${script}</head>
<body>${words}<p><code>${error.code} · ${escapeHtml(requestId)}</code></p></body></html>
`
}
