/** Owns what is known of a server before connecting: where it is, whom to trust, and the way to it. */
import { type Limits, LIMITS, parseServerUrl, type ServerUrl } from '@towline/protocol'
import { type Env, proxyFor } from './proxy-env.ts'

export interface ServerOptions {
  /** `https://host[:port]`, or `http://` of this machine. */
  readonly url: string
  /** PEM of the authority that signed the server's certificate; the system's roots when absent. */
  readonly ca?: string | undefined
  /** Where the proxy settings are read; the process environment when absent. */
  readonly env?: Env | undefined
  readonly limits?: Limits | undefined
}

export interface Server extends ServerUrl {
  readonly ca?: string
  readonly limits: Limits
  /** The proxy in between, when the environment names one. */
  readonly proxy?: URL
  /** What to connect to: every name below `localhost` is this machine (RFC 6761 §6.3). */
  readonly address: { readonly host: string; readonly port: number }
}

/** Throws TARGET_INVALID for the URL and OPTION_INVALID for a proxy setting that cannot be used. */
export const serverOf = ({ url, ca, env = process.env, limits = LIMITS }: ServerOptions): Server => {
  const server = parseServerUrl(url)
  const proxy = proxyFor(server, env)
  const host = server.host.endsWith('.localhost') ? 'localhost' : server.host
  return { ...server, limits, address: { host, port: server.port }, ...(ca && { ca }), ...(proxy && { proxy }) }
}
