/** Owns the shapes of tunnels and clients as peers, the API and the command line see them. */

export const KINDS = ['http', 'tcp', 'tls', 'private'] as const

/** `http`: parsed at the edge. `tcp`: a public port. `tls`: by SNI. `private`: dialed as tow://name, nothing public. */
export type Kind = (typeof KINDS)[number]

/** Services that control the machine they run on; publishing one needs authentication (edge.loopback-trust). */
export const SURFACES = ['app-server', 'exec-server', 'mcp', 'webtty'] as const
export type Surface = (typeof SURFACES)[number]

/** Those that native clients use: a token comes in a field, and a page of a browser only by the rule of the tunnel. */
export const NATIVE_SURFACES: ReadonlySet<Surface | undefined> = new Set<Surface>(['app-server', 'exec-server'])

export type Labels = Readonly<Record<string, string>>

/** What a host asks for when it opens a tunnel. Absent options are off. */
export interface TunnelSpec {
  readonly kind: Kind
  /** A valid name (names.ts); the engine makes one when absent. */
  readonly name?: string
  readonly labels?: Labels
  /** Marks the service as an agent control surface. */
  readonly surface?: Surface
  /** http: Host header sent upstream; absent keeps the visitor's. */
  readonly hostHeader?: string
  /** http: what the upstream speaks. Default `http/1.1`. */
  readonly httpVersion?: 'http/1.1' | 'h2c'
  /** http: visitors need a project token. */
  readonly tokenAuth?: boolean
  /** http, tcp, tls: CIDR networks that may visit; empty or absent means all. */
  readonly trustedIps?: readonly string[]
  /** http: origins of pages that may visit, as browsers send them; others are refused, and the service does not see it. */
  readonly allowOrigins?: readonly string[]
  /** tcp: the public port wanted; absent or 0 lets the engine choose. */
  readonly port?: number
  /** tls: who holds the key. Default `terminated`. */
  readonly tlsMode?: 'terminated' | 'passthrough'
}

export type TunnelStatus = 'online' | 'offline'

/** A tunnel in inventories, events and answers. */
export interface Tunnel extends TunnelSpec {
  /** `tun_…`, new for each open. */
  readonly id: string
  readonly name: string
  readonly labels: Labels
  /** `http://…`, `tcp://host:port`, `tls://host:port` or `tow://name`. */
  readonly url: string
  /** The credential that owns the name. */
  readonly owner: string
  readonly clientId: string
  readonly projectId: string
  readonly status: TunnelStatus
  /** Integer seconds. */
  readonly createdAt: number
  /** Fences older holders of the same name; grows with each takeover. */
  readonly epoch: number
}

/** A process linked to the engine. */
export interface Client {
  /** `cli_…` */
  readonly id: string
  readonly agent: string
  readonly os: string
  readonly arch: string
  readonly labels: Labels
  /** Remote address without port. */
  readonly address: string
  readonly transport: 'tls' | 'plain' | 'websocket'
  readonly owner: string
  readonly projectId: string
  readonly tunnels: readonly string[]
  readonly status: 'online'
  readonly createdAt: number
}

/** A project as events and answers name it. */
export interface ProjectRef {
  readonly id: string
  readonly slug: string
}
