/** Owns the two addresses people write: `tow://name` of a private tunnel, and the URL of a server. */
import { AppError } from './errors.ts'
import { validateName } from './names.ts'
import { shown } from './shown.ts'

/** The query parameter that carries a credential for those who cannot send header fields: browsers that open a page or a WebSocket. */
export const TOKEN_PARAMETER = 'towline.token'

/** The scheme of private tunnels. */
export const TOW_SCHEME = 'tow://'

const TUNNEL_ID = /^tun_[0-9A-Za-z]{1,64}$/

/** The name or id in `tow://name`, or in a bare name. Throws TARGET_INVALID, NAME_INVALID or NAME_RESERVED. */
export const parseTow = (text: string): string => {
  const name = text.toLowerCase().startsWith(TOW_SCHEME) ? text.slice(TOW_SCHEME.length).replace(/\/$/, '') : text
  if (TUNNEL_ID.test(name)) return name
  if (/[/:?#@]/.test(name)) {
    throw new AppError('TARGET_INVALID', {
      target: shown(text),
      problem: 'a private tunnel is written tow://name, without port or path',
    })
  }
  return validateName(name)
}

/** The address of a private tunnel. */
export const formatTow = (name: string): string => `${TOW_SCHEME}${name}`

/** A server as its URL names it. */
export interface ServerUrl {
  /** Scheme, host and port, without a final slash. */
  readonly url: string
  /** Without brackets. */
  readonly host: string
  readonly port: number
  /** https. */
  readonly secure: boolean
  /** The host is this machine; plain http is allowed only then. */
  readonly loopback: boolean
}

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|::1)$/

/** Reads `https://host[:port]`, `http://` of this machine, or `host[:port]`, which means https. Throws TARGET_INVALID. */
export const parseServerUrl = (text: string): ServerUrl => {
  const fail = (problem: string): AppError =>
    new AppError('TARGET_INVALID', {
      target: shown(withoutLogin(text)),
      problem,
    })
  const parsed = read(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`)
  if (!parsed) throw fail('it is not a URL')
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') throw fail('a server has an https:// URL')
  if (parsed.username !== '' || parsed.password !== '') throw fail('it holds a login; tokens belong into a context')
  if (parsed.pathname !== '/' || parsed.search !== '' || parsed.hash !== '')
    throw fail('it has a path; give scheme, host and port only')
  const host = parsed.hostname.replace(/^\[|\]$/g, '')
  const secure = parsed.protocol === 'https:'
  const loopback = LOOPBACK.test(host)
  if (!secure && !loopback) throw fail('http:// is allowed only for this machine; use https://')
  return {
    url: parsed.origin,
    host,
    port: Number(parsed.port) || (secure ? 443 : 80),
    secure,
    loopback,
  }
}

const read = (text: string): URL | undefined => {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

/** A login in a URL is a secret and is not repeated in errors. */
const withoutLogin = (text: string): string => text.replace(/[^/]*@/, '***@')
