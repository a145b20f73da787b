/** Owns what is told of a managed tunnel, and what may be asked for one. */
import type { ErrorCode, Kind, Labels, Surface } from '@towline/protocol'

/** How the service is spoken to; `tcp` and `tls` are public ports and names of the relay. */
export const LOCAL_PROTOCOLS = ['http', 'https', 'h2c', 'tcp', 'tls'] as const
export type LocalProtocol = (typeof LOCAL_PROTOCOLS)[number]

/** A tunnel wanted for a service of this machine. Absent means the default. */
export interface ExposeRequest {
  /** Chosen by the caller so that asking again starts nothing twice: letters, digits and `. _ -`, at most 64. */
  readonly id?: string | undefined
  readonly port: number
  /** Name or address of the service; `localhost` when absent, which is 127.0.0.1, then ::1. */
  readonly host?: string | undefined
  /** `http` when absent; a private tunnel carries any bytes. */
  readonly protocol?: LocalProtocol | undefined
  readonly name?: string | undefined
  /** True when absent; false makes it private. */
  readonly publish?: boolean | undefined
  readonly labels?: Labels | undefined
  readonly tokenAuth?: boolean | undefined
  /** CIDR networks that may visit. */
  readonly trustedIps?: readonly string[] | undefined
  /** What the service sees; `rewrite` sends its own. */
  readonly hostHeader?: string | undefined
  readonly tlsMode?: 'terminated' | 'passthrough' | undefined
  /** The public port wanted with `tcp`. */
  readonly publicPort?: number | undefined
  readonly surface?: Surface | undefined
  /** The tunnel ends by itself after that. */
  readonly ttlSeconds?: number | undefined
  readonly context?: string | undefined
  readonly project?: string | undefined
}

/** `lost`: the supervisor ended with it, by itself or by a crash or restart. Nothing is exposed again by itself. */
export type LocalStatus = 'opening' | 'online' | 'reconnecting' | 'expired' | 'stopped' | 'failed' | 'lost'

/** A managed tunnel, as lists and answers tell it. Nothing secret. */
export interface LocalTunnel {
  readonly id: string
  readonly status: LocalStatus
  /** Why it is not online. */
  readonly reason?: string
  /** The code of what ended or interrupted it. */
  readonly code?: ErrorCode
  /** `http://…`, `tcp://…`, `tls://…` or `tow://name`; known once it was online. */
  readonly url?: string
  readonly tunnelId?: string
  readonly name?: string
  readonly kind: Kind
  /** Of the service. */
  readonly port: number
  /** `localhost:3000` */
  readonly target: string
  readonly labels: Labels
  readonly server: string
  readonly project?: string
  readonly context?: string
  /** Integer seconds, as all times here. */
  readonly createdAt: number
  readonly expiresAt?: number
  readonly endedAt?: number
  /** How often it came back after a break. */
  readonly reconnects: number
}

/** What stopping answers; stopping again answers the same with `was: 'stopped'`. */
export interface LocalStopped {
  readonly stopped: true
  readonly id: string
  readonly was: LocalStatus
  readonly name?: string
  readonly tunnelId?: string
}

/** Whether it serves or tries to. */
export const isLive = ({ status }: LocalTunnel): boolean =>
  status === 'opening' || status === 'online' || status === 'reconnecting'

/** A live one as it is when nobody serves it any more. */
export const lost = (tunnel: LocalTunnel, reason: string, endedAt: number): LocalTunnel => {
  const { code: _, ...rest } = tunnel
  return isLive(tunnel) ? { ...rest, status: 'lost', reason, endedAt } : tunnel
}
