/** Owns reading what a tunnel leads to: `port`, `host:port`, or an `http://` or `https://` URL. */
import { isIP } from 'node:net'
import { AppError, shown } from '@towline/protocol'

/** A local service. */
export interface Target {
  /** Name or IP address, without brackets. */
  readonly host: string
  readonly port: number
  /** The service speaks TLS. */
  readonly secure: boolean
  /** `host:port` as a Host header has it; the port is absent where the scheme implies it. */
  readonly authority: string
}

const HOST_CHARS = 253
/** Labels of letters, digits, "-" and "_" (RFC 1123 §2.1; containers use "_"). */
const HOST = /^(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?$/

/** Throws TARGET_INVALID. */
export const parseTarget = (text: string): Target => {
  const fail = (problem: string): AppError =>
    new AppError('TARGET_INVALID', { target: shown(withoutLogin(text)), problem })
  if (text.trim() === '') throw fail('it is empty')
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return fromUrl(text, fail)
  const [, host = '', digits] = /^(?:(.*):)?(\d+)$/.exec(text) ?? []
  if (digits === undefined) throw fail('it has no port')
  return plain(host.replace(/^\[(.*)\]$/, '$1') || 'localhost', Number(digits), fail)
}

type Fail = (problem: string) => AppError

const plain = (host: string, port: number, fail: Fail): Target => {
  if (port < 1 || port > 65_535) throw fail('a port is a number from 1 to 65535')
  if (!isIP(host) && (!HOST.test(host) || host.length > HOST_CHARS))
    throw fail('the part before the port is no host name')
  return { host, port, secure: false, authority: `${bracketed(host)}:${port}` }
}

const fromUrl = (text: string, fail: Fail): Target => {
  const url = readUrl(text)
  if (!url) throw fail('it is not a URL')
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw fail(`${shown(url.protocol)}// is not a scheme it knows`)
  if (url.username !== '' || url.password !== '') throw fail('it holds a login')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw fail('it has a path; a tunnel serves all paths')
  const secure = url.protocol === 'https:'
  const target = plain(url.hostname.replace(/^\[(.*)\]$/, '$1'), Number(url.port) || (secure ? 443 : 80), fail)
  return { ...target, secure, authority: url.host }
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

const readUrl = (text: string): URL | undefined => {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

/** A login in a URL is a secret and is not repeated. */
const withoutLogin = (text: string): string => text.replace(/[^/]*@/, '***@')
