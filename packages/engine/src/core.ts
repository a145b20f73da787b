/** Owns putting the engine's core together: registry, links, dialing, TCP ports and API, behind one face. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { CallerRate, type Log } from '@towline/base'
import { type Authority, type Channel, LINK_PATH, type Limits, type Principal } from '@towline/protocol'
import type { Api } from './api/app.ts'
import { loadOnce } from './api/load-once.ts'
import { pathOf, runUpgrade, type UpgradeHandler } from './api/run-upgrade.ts'
import { WATCH_SOCKET_PATH } from './api/watch-path.ts'
import { Watchers } from './api/watchers.ts'
import { type Admission, createAdmission } from './edge/steps.ts'
import { TokenGate } from './edge/token-gate.ts'
import type { LinkInfo } from './link/link-deps.ts'
import { Links } from './link/links.ts'
import { createLinkUpgrade } from './link/web-socket.ts'
import { TcpPorts } from './ports/tcp-ports.ts'
import { createDial } from './private/dial.ts'
import { Journal } from './registry/journal.ts'
import { observeLife } from './registry/observe-life.ts'
import type { Router } from './registry/live-tunnel.ts'
import { Registry } from './registry/registry.ts'
import type { TlsRouteChange } from './registry/routes.ts'
import type { PublicUrl } from './registry/urls.ts'

export interface CoreDeps {
  readonly authority: Authority
  readonly log: Log
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Public hosts are `<name>.<project>.<domain>`. */
  readonly domain: string
  /** Read at each open, so `port` may become known later. */
  readonly publicUrl: PublicUrl
  /** Where TCP tunnels listen. */
  readonly listenHost: string
  /** The product's version. */
  readonly version: string
  readonly onTlsRouteChange?: TlsRouteChange
}

/** What the listeners hand their visitors, links and API calls to. */
export interface Core {
  readonly router: Router
  /** What visits are checked against, for the edge to share. */
  readonly admission: Admission
  /** For links over TLS and, from this machine, plain; the channel's first bytes are the preface. */
  acceptLink(channel: Channel, info: LinkInfo): void
  /** Serves every path under `/api` but health; loaded when it is asked for first. */
  api(): Promise<Api>
  /** The OpenAPI document of the engine API. */
  openApi(): Promise<object>
  /** WebSocket links and watches; other paths are refused on the socket. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Ends links, tunnels, ports and watches; twice is harmless. */
  close(): void
}

/** Opens the core. It listens on nothing but the TCP ports that tunnels ask for. */
export const createCore = (deps: CoreDeps): Core => {
  const { authority, limits, log, version } = deps
  const gate = new TokenGate(deps)
  const verify = async (token: string, project?: string): Promise<Principal> =>
    gate.known(token, project) ?? gate.verify(token, project)
  const isOver = (principal: Principal): boolean => gate.isOver(principal)
  const admission = createAdmission(deps)
  const callers = new CallerRate(limits, deps.clock)
  const journal = new Journal({ ...deps, told: (event) => observeLife(authority, event) })
  const ports = new TcpPorts({ ...deps, admit: admission.admit })
  const registry = new Registry({ ...deps, journal, openPort: ports.open, onTlsRouteChange: deps.onTlsRouteChange })
  const links = new Links({
    ...deps,
    registry,
    verify,
    isOver,
    engine: `towline-engine/${version}`,
    dial: createDial({ ...deps, registry }),
  })
  const watchers = new Watchers({ ...deps, isOver, registry, journal })
  const ticks = setInterval(() => {
    registry.sendStats()
    registry.tellUsage()
    links.expire()
    watchers.expire()
  }, limits.linkStatsMs).unref()

  const watchUpgrade = loadOnce(async (): Promise<UpgradeHandler> => {
    const { createWatchUpgrade } = await import('./api/watch-socket.ts')
    return createWatchUpgrade({ verify, limits, authority, callers, clock: deps.clock, watchers })
  })
  const upgrades = new Map<string, UpgradeHandler>([
    [LINK_PATH, createLinkUpgrade(limits, (channel, info) => links.accept(channel, info))],
    [WATCH_SOCKET_PATH, async (upgrade) => (await watchUpgrade())(upgrade)],
  ])
  const api = loadOnce(async (): Promise<Api> => {
    const { createApi } = await import('./api/app.ts')
    return createApi({ registry, watchers, authority, verify, callers, log, limits, clock: deps.clock, version })
  })
  const close = (): void => {
    clearInterval(ticks)
    links.close()
    registry.close()
    for (const part of [ports, watchers, admission, gate]) part.close()
  }
  return {
    router: registry.routes,
    admission,
    acceptLink: (channel, info) => links.accept(channel, info),
    api,
    openApi: async () => {
      const [{ apiDocument }, app] = await Promise.all([import('./api/app.ts'), api()])
      return apiDocument(app, version)
    },
    handleUpgrade: (request, socket, head) => runUpgrade(upgrades.get(pathOf(request)), { request, socket, head }, log),
    close,
  }
}
