/** Owns reading a request's head as HTTP/2 says it (RFC 9113 §8.3), as strictly as the HTTP/1 edge reads its own. */
import { AppError } from '@towline/protocol'

/** Name in lower case, and value. */
export type HeadField = readonly [string, string]

/** A request's head, of any HTTP version. */
export interface Head {
  readonly method: string
  readonly path: string
  /** Host, with its port when there is one. */
  readonly authority: string
  /** Without Host and pseudo fields. */
  readonly fields: readonly HeadField[]
  /** A body follows. */
  readonly hasBody: boolean
}

/** Of one connection in HTTP/1 (RFC 9113 §8.2.2): malformed in a request, dropped from answers. */
export const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

const bad = (problem: string): AppError => new AppError('HEAD_INVALID', { problem })

/** Pairs of a flat list of names and values. */
export const pairs = (raw: readonly string[]): readonly HeadField[] =>
  Array.from({ length: raw.length >> 1 }, (_, index) => [
    (raw[2 * index] as string).toLowerCase(),
    raw[2 * index + 1] as string,
  ])

/** For Node's types. */
export const mutable = (fields: readonly HeadField[]): [string, string][] =>
  fields.map(([name, value]) => [name, value])

/** Reads a flat list of names and values. Throws HEAD_INVALID, METHOD_UNSUPPORTED. */
export const readHead = (raw: readonly string[], hasBody: boolean): Head => {
  const pseudo = new Map<string, string>()
  const fields: HeadField[] = []
  for (const [name, value] of pairs(raw)) {
    if (name.startsWith(':')) pseudo.set(name, value)
    else if (CONNECTION_FIELDS.has(name)) throw bad('a field of a connection in HTTP/2')
    else fields.push([name, value])
  }
  const method = pseudo.get(':method') ?? ''
  // Node's client would write it in upper case.
  if (/[a-z]/.test(method)) throw bad('the method is not an upper-case token')
  if (method === 'CONNECT') throw new AppError('METHOD_UNSUPPORTED', { method })
  return {
    method,
    path: pseudo.get(':path') ?? '',
    authority: authorityOf(pseudo.get(':authority'), fields),
    fields: joinCookies(fields.filter(([name]) => name !== 'host')),
    hasBody,
  }
}

/** Routing by one and serving by the other is how requests are smuggled. */
const authorityOf = (authority: string | undefined, fields: readonly HeadField[]): string => {
  const hosts = fields.filter(([name]) => name === 'host').map(([, value]) => value)
  const first = authority ?? hosts[0]
  if (first === undefined || first === '') throw bad('no Host')
  if (hosts.length > 1) throw bad('more than one Host')
  if (hosts.some((host) => host.toLowerCase() !== first.toLowerCase())) throw bad(':authority and Host differ')
  return first
}

/** Crumbs are one field in HTTP/1 (RFC 9113 §8.2.3). */
const joinCookies = (fields: readonly HeadField[]): readonly HeadField[] => {
  const crumbs = fields.filter(([name]) => name === 'cookie').map(([, value]) => value)
  if (crumbs.length < 2) return fields
  return [...fields.filter(([name]) => name !== 'cookie'), ['cookie', crumbs.join('; ')]]
}
