/** Owns the addresses of app-servers that people write, and where a token may be sent. */
import { isLoopback, Secret } from '@towline/base'
import { AppError, parseTow, shown } from '@towline/protocol'
import type { Env } from '../context/home.ts'

/** Where an app-server is. */
export type RemoteAddress =
  | { readonly kind: 'web'; readonly url: URL; readonly isPrivate: boolean }
  | { readonly kind: 'unix'; readonly path: string; readonly isPrivate: true }
  /** A private tunnel, by name or id. */
  | { readonly kind: 'tow'; readonly name: string; readonly isPrivate: true }
  /** A machine as OpenSSH takes it; its app-server is started when none runs there. */
  | { readonly kind: 'ssh'; readonly host: string; readonly isPrivate: true }

/** Reads `ws://host:port`, `wss://host:port`, `unix://PATH`, `tow://name` or `ssh://host`. Throws APP_ADDRESS_INVALID; TARGET_INVALID and NAME_INVALID for `tow://`. */
export const parseRemote = (text: string): RemoteAddress => {
  if (/^tow:\/\//i.test(text)) return { kind: 'tow', name: parseTow(text), isPrivate: true }
  if (text.startsWith('unix:')) return unix(text)
  if (text.startsWith('ssh://')) return ssh(text)
  if (/^wss?:\/\//i.test(text)) return web(text)
  throw invalid(text, 'an app-server is written ws://host:port, wss://host:port, unix://PATH, tow://name or ssh://host')
}

/** The token that the variable `name` holds. Throws REMOTE_TOKEN_UNSAFE, REMOTE_TOKEN_UNSET. */
export const remoteToken = (address: RemoteAddress, env: Env, name: string): Secret => {
  if (!address.isPrivate) throw new AppError('REMOTE_TOKEN_UNSAFE')
  const token = env[name]?.trim()
  if (!token) throw new AppError('REMOTE_TOKEN_UNSET', { name: shown(name) })
  return new Secret(token)
}

const unix = (text: string): RemoteAddress => {
  const path = text.replace(/^unix:(\/\/)?/, '')
  if (path.startsWith('/')) return { kind: 'unix', path, isPrivate: true }
  throw invalid(text, 'a socket is written unix:///path')
}

/** A bare name is one of the configuration of OpenSSH. */
const ssh = (text: string): RemoteAddress => {
  const [, name] = /^ssh:\/\/([^/:@[\]]+)\/?$/.exec(text) ?? []
  const host = name ?? text
  if (/^ssh:\/\/\/*$|[\s\p{C}]/u.test(host) || host.startsWith('-'))
    throw invalid(text, 'a machine is written ssh://host or ssh://user@host:port')
  return { kind: 'ssh', host, isPrivate: true }
}

const web = (text: string): RemoteAddress => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) throw invalid(text, 'it is not a URL')
  if (url.username !== '' || url.password !== '')
    throw invalid(text, 'it holds a login; name the variable of a token with --remote-auth-token-env')
  if (url.search !== '' || url.hash !== '') throw invalid(text, 'it has a query or a fragment')
  return { kind: 'web', url, isPrivate: url.protocol === 'wss:' || isThisMachine(url.hostname) }
}

const isThisMachine = (hostname: string): boolean =>
  hostname === 'localhost' || hostname.endsWith('.localhost') || isLoopback(hostname.replace(/^\[|\]$/g, ''))

const invalid = (text: string, problem: string): AppError =>
  new AppError('APP_ADDRESS_INVALID', { target: shown(text.replace(/[^/]*@/, '***@')), problem })
