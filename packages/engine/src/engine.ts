/** Owns composing an engine: certificates, core, edge, gateway and API behind one listening port. */
import { type Closer, type Log, opening } from '@towline/base'
import { type Authority, type Limits, LIMITS } from '@towline/protocol'
import { openUrl, ownHosts, serverUrl, visitorUrl } from './addresses.ts'
import { createApiServer, type SiteHandler } from './api/api-server.ts'
import { openCertificates, type TlsOption } from './certificates.ts'
import { createCore } from './core.ts'
import { createEdge } from './edge/edge.ts'
import { createGateway } from './gateway/gateway.ts'
import { openListener } from './listen/listener.ts'
import type { PublicUrl } from './registry/urls.ts'
import { TlsContexts } from './tls/contexts.ts'

export interface EngineOptions {
  readonly authority: Authority
  readonly log: Log
  readonly limits?: Limits
  /** Port 0 lets the system choose. */
  readonly listen: { readonly host: string; readonly port: number }
  /** Public hosts are `<name>.<project>.<domain>`. */
  readonly domain: string
  /** How visitors reach the server, when a proxy is in front. */
  readonly publicUrl?: string | undefined
  readonly tls: TlsOption
  /** Slugs that a development certificate covers. */
  readonly projects?: readonly string[]
  /** The product's version. */
  readonly version: string
  /** Answers what the engine does not on hosts that are the server's own; it answers 404 when absent. */
  readonly site?: SiteHandler | undefined
  /** Milliseconds since the epoch. */
  readonly clock?: () => number
}

/** A running engine. */
export interface Engine {
  /** Of links and the API, always TLS. */
  readonly url: string
  /** For people and scripts that do not know the CA: plain HTTP with a development CA. */
  readonly openUrl: string
  /** The address that is listened on. */
  readonly host: string
  readonly port: number
  /** PEM of the development CA that clients pin; absent with certificates from files. */
  readonly ca: string | undefined
  /** The OpenAPI document of the engine API. */
  openApi(): Promise<object>
  /** Ends links and visitors, then the listeners; twice is harmless. */
  close(): Promise<void>
}

/** Rejects with PORT_IN_USE, PORT_FORBIDDEN, OPTION_INVALID or CONFIG_INVALID; nothing is left open then. */
export const openEngine = (options: EngineOptions): Promise<Engine> => opening((closer) => open(options, closer))

const open = async (options: EngineOptions, closer: Closer): Promise<Engine> => {
  const { authority, log, limits = LIMITS, domain, listen, clock = Date.now, projects = [] } = options
  const certificates = await openCertificates({
    tls: options.tls,
    domain,
    projects,
    host: listen.host,
    limits,
    log,
    clock,
  })
  closer.add(() => certificates.source.close())
  const tls = new TlsContexts([certificates.source])
  closer.add(() => tls.close())

  const address = { ...listen, domain, publicUrl: options.publicUrl, development: certificates.ca !== undefined }
  const isApiHost = ownHosts(address)
  const publicUrl: { -readonly [key in keyof PublicUrl]: PublicUrl[key] } = visitorUrl(address)
  const shared = { authority, log, limits, clock }
  const core = createCore({ ...shared, domain, publicUrl, listenHost: listen.host, version: options.version })
  closer.add(() => core.close())
  const { site } = options
  const api = createApiServer({ api: core.api, site, limits, log, isApiHost, handleUpgrade: core.handleUpgrade })
  closer.add(() => api.close())

  const { router, admission, acceptLink } = core
  const edgeDeps = { ...shared, router, admission, isApiHost, api: api.accept }
  const edge = createEdge({ ...edgeDeps, gateway: (socket) => gateway.http1(socket) })
  closer.add(() => edge.close())
  const gateway = createGateway({ ...edgeDeps, edge })
  closer.add(() => gateway.close())
  const listener = await openListener({ ...listen, router, edge, gateway, acceptLink, tls, limits, log })
  closer.add(() => listener.close())

  const { host, port } = listener
  const bound = { ...address, port }
  Object.assign(publicUrl, visitorUrl(bound))
  return {
    url: serverUrl(bound),
    openUrl: openUrl(bound),
    host,
    port,
    ca: certificates.ca,
    openApi: core.openApi,
    close: () => closer.close(),
  }
}
