/** Owns the addresses an engine goes by: where links and the API are, how visitors reach tunnels, and which hosts are its own. */
import { hostPort, isLoopback } from '@towline/base'
import { hostName } from './api/api-server.ts'
import type { PublicUrl } from './registry/urls.ts'

export interface AddressOptions {
  /** The address that is listened on. */
  readonly host: string
  readonly port: number
  readonly domain: string
  /** How visitors reach the server, when a proxy is in front. */
  readonly publicUrl?: string | undefined
  /** Whether certificates are ours, which only clients of this machine know. */
  readonly development: boolean
}

const ANY = new Set(['0.0.0.0', '::'])

/** Whether an address stands for all of this machine's. */
export const isAnyAddress = (host: string): boolean => ANY.has(host)

/** The URL of links and the API. */
export const serverUrl = (options: AddressOptions): string => {
  const { host, port, domain, publicUrl, development } = options
  if (publicUrl?.startsWith('https:')) return new URL(publicUrl).origin
  if (!development) return `https://${hostPort(domain, port)}`
  return `https://${hostPort(isAnyAddress(host) ? '127.0.0.1' : host, port)}`
}

/** Where a person or a script reaches the server without knowing its CA: the API answers there too. */
export const openUrl = (options: AddressOptions): string => {
  const { host, domain, port, publicUrl, development } = options
  if (publicUrl !== undefined) return new URL(publicUrl).origin
  return development ? `http://${hostPort(openHost(host, domain), port)}` : `https://${hostPort(domain, port)}`
}

/** A name rather than an address where one leads here: passkeys and cookies belong to names. */
const openHost = (host: string, domain: string): string => {
  if (isAnyAddress(host)) return domain
  return isLoopback(host) && domain === 'localhost' ? domain : host
}

/** Scheme and port of published tunnels. */
export const visitorUrl = ({ port, publicUrl, development }: AddressOptions): PublicUrl => {
  if (publicUrl === undefined) return { scheme: development ? 'http' : 'https', port }
  const { protocol, port: given } = new URL(publicUrl)
  const scheme = protocol === 'https:' ? 'https' : 'http'
  return { scheme, port: given === '' ? (scheme === 'https' ? 443 : 80) : Number(given) }
}

/** Whether a host name (no port, lower-case) is the server's own rather than a tunnel's. */
export const ownHosts = ({ host, domain, publicUrl }: AddressOptions): ((name: string) => boolean) => {
  const names = new Set([domain, `api.${domain}`, 'localhost', '127.0.0.1', '[::1]', '::1', host, `[${host}]`])
  if (publicUrl !== undefined) names.add(hostName(new URL(publicUrl).host))
  return (name) => names.has(name)
}
