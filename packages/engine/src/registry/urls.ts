/** Owns the addresses of tunnels: the host a kind is routed by, and the URL people are told. */
import { hostPort } from '@towline/base'
import { formatTow, type Kind, publicHost } from '@towline/protocol'

/** How visitors reach this engine. `port` may become known after the engine was made. */
export interface PublicUrl {
  readonly scheme: 'http' | 'https'
  readonly port: number
}

/** Where one tunnel is. */
export interface Address {
  readonly kind: Kind
  readonly name: string
  readonly slug: string
  readonly domain: string
  /** tcp: the port it got. */
  readonly port?: number | undefined
}

const DEFAULT_PORT = { http: 80, https: 443 } as const

/** The host name visitors are routed by. Throws NAME_INVALID when DNS could not carry it. */
export const routedHost = ({ name, slug, domain }: Omit<Address, 'kind' | 'port'>): string =>
  publicHost(name, slug, domain).toLowerCase()

/** The URL of a tunnel. A tcp tunnel is told apart by its port alone, so its host is one that resolves everywhere. */
export const tunnelUrl = (address: Address, { scheme, port }: PublicUrl): string => {
  const { kind, name, domain } = address
  if (kind === 'private') return formatTow(name)
  if (kind === 'tcp') return `tcp://${hostPort(domain, address.port ?? 0)}`
  const host = routedHost(address)
  if (kind === 'tls') return `tls://${host}:${port}`
  return port === DEFAULT_PORT[scheme] ? `${scheme}://${host}` : `${scheme}://${host}:${port}`
}
