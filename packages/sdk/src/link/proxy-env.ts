/** Owns choosing a proxy by the environment: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in either case. */
import { BlockList, isIP } from 'node:net'
import { AppError, type ServerUrl, shown } from '@towline/protocol'

export type Env = Readonly<Record<string, string | undefined>>

/** The proxy to a server, if any. This machine is never reached by a proxy. Throws OPTION_INVALID. */
export const proxyFor = (server: ServerUrl, env: Env): URL | undefined => {
  if (server.loopback) return undefined
  const names = [server.secure ? 'https_proxy' : 'http_proxy', 'all_proxy']
  const name = names.find((each) => setting(env, each) !== '')
  if (!name || isExcepted(server, setting(env, 'no_proxy'))) return undefined
  return readProxy(name.toUpperCase(), setting(env, name))
}

/** Lower case wins, as everywhere: HTTP_PROXY may come from a request header in CGI programs. */
const setting = (env: Env, name: string): string => (env[name] || env[name.toUpperCase()] || '').trim()

const readProxy = (option: string, value: string): URL => {
  const fail = (problem: string): AppError =>
    new AppError('OPTION_INVALID', { option, value: shown(value.replace(/[^/]*@/, '***@')), problem })
  const url = parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`)
  if (!url) throw fail('it is not a URL')
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw fail('only http:// and https:// proxies are supported')
  return url
}

const parse = (text: string): URL | undefined => {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

/** Entries are `*`, hosts with all names below them, addresses or networks, each with an optional port. */
const isExcepted = (server: ServerUrl, list: string): boolean =>
  list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry.toLowerCase(), server))

const matches = (entry: string, { host, port }: ServerUrl): boolean => {
  if (entry === '*') return true
  if (entry.includes('/')) return inNetwork(entry, host)
  const { name, only } = readEntry(entry)
  if (only !== undefined && only !== port) return false
  return name !== '' && (host === name || host.endsWith(`.${name}`))
}

/** `host`, `.host`, `*.host`, an address, or one of them with `:port`. */
const readEntry = (entry: string): { readonly name: string; readonly only?: number } => {
  const [, inBrackets, outside, digits] = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(entry) ?? []
  const name = (inBrackets ?? outside ?? entry.replace(/^\[|\]$/g, '')).replace(/^\*?\./, '')
  return digits === undefined ? { name } : { name, only: Number(digits) }
}

const inNetwork = (entry: string, host: string): boolean => {
  const [network = '', bits = ''] = entry.split('/')
  const family = isIP(host)
  if (family === 0 || isIP(network) !== family || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    return false
  const list = new BlockList()
  const type = family === 4 ? 'ipv4' : 'ipv6'
  list.addSubnet(network, Number(bits), type)
  return list.check(host, type)
}
