/** Owns finding published tunnels by the host name a visitor asked for. */
import type { TunnelEntry } from './entry.ts'
import type { LiveTunnel, Router } from './live-tunnel.ts'

/** Told when a server name begins or stops to lead to a tls tunnel. */
export type TlsRouteChange = (serverName: string, live: LiveTunnel | undefined) => void

/** The routes of http and tls tunnels; held ones keep theirs. */
export class Routes implements Router {
  readonly #http = new Map<string, TunnelEntry>()
  readonly #tls = new Map<string, TunnelEntry>()
  readonly #onTlsChange: TlsRouteChange | undefined

  constructor(onTlsChange: TlsRouteChange | undefined) {
    this.#onTlsChange = onTlsChange
  }

  http(host: string): LiveTunnel | undefined {
    return this.#http.get(host)
  }

  tls(serverName: string): LiveTunnel | undefined {
    return this.#tls.get(serverName)
  }

  add(host: string, entry: TunnelEntry): void {
    if (entry.tunnel.kind === 'http') this.#http.set(host, entry)
    if (entry.tunnel.kind !== 'tls') return
    this.#tls.set(host, entry)
    this.#onTlsChange?.(host, entry)
  }

  /** Does nothing when the route leads to another tunnel by now. */
  remove(host: string, entry: TunnelEntry): void {
    if (this.#http.get(host) === entry) this.#http.delete(host)
    if (this.#tls.get(host) !== entry) return
    this.#tls.delete(host)
    this.#onTlsChange?.(host, undefined)
  }
}
