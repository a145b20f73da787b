/** Owns answering browsers with one document, under a policy that lets in its own scripts and styles and nothing else. */
import { createHash } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { AppError } from '@towline/protocol'

interface Body {
  readonly bytes: Uint8Array
  readonly encoding?: 'gzip'
}

/** Answers GET and HEAD with `html`, whose scripts and styles stand in it. */
export const pageListener = (html: string): RequestListener => {
  const plain: Body = { bytes: Buffer.from(html) }
  const policy = policyOf(html)
  let packed: Promise<Body> | undefined
  const pack = async (): Promise<Body> => ({ bytes: await promisify(gzip)(plain.bytes), encoding: 'gzip' })
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(request, response)
    if (!takesGzip(request)) return send(response, plain, policy)
    packed ??= pack()
    void packed.then((body) => send(response, body, policy))
  }
}

const takesGzip = ({ headers }: IncomingMessage): boolean =>
  /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\b)/.test(String(headers['accept-encoding'] ?? ''))

const send = (response: ServerResponse, { bytes, encoding }: Body, policy: string): void => {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': bytes.length,
    ...(encoding && { 'content-encoding': encoding }),
    vary: 'accept-encoding',
    // The address that opens it may hold a token.
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  })
  // Of HEAD, Node sends the head alone.
  response.end(bytes)
}

const refuse = ({ method = '' }: IncomingMessage, response: ServerResponse): void => {
  const error = new AppError('METHOD_UNSUPPORTED', { method })
  response.writeHead(error.row.http, { allow: 'GET, HEAD', 'content-type': 'application/problem+json' })
  response.end(JSON.stringify({ title: error.message, status: error.row.http, ...error.toJSON() }))
}

/** By the hashes of what stands in the document (CSP level 3, §2.3.1); it connects to where it came from, and loads nothing. */
const policyOf = (html: string): string =>
  [
    `default-src 'none'`,
    `script-src ${hashesOf(html, 'script') || `'none'`}`,
    `style-src ${hashesOf(html, 'style')} ${EMPTY}`,
    `connect-src 'self'`,
    `img-src data:`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
    `require-trusted-types-for 'script'`,
  ].join('; ')

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
/** Scripts make style elements before they fill their sheets. */
const EMPTY = hashOf('')

const hashesOf = (html: string, element: string): string => {
  const found = [...html.matchAll(new RegExp(`<${element}\\b[^>]*>([\\s\\S]*?)</${element}>`, 'g'))]
  return found.map(([, text = '']) => hashOf(text)).join(' ')
}
