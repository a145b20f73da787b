/** Owns what is asked of a machine about its services, and what it answers: exposing them by tunnels of its own (docs/protocol/webtty.md §10). */
import type { Kind, Labels } from '../tunnel.ts'
import type { StreamError } from './messages.ts'

/** In the `features` of a host that knows ASK. */
export const EXPOSE_FEATURE = 'expose'

/** What a service speaks: `https` is TLS whose certificate is not looked at on the machine itself. */
export const SERVICE_PROTOCOLS = ['http', 'https', 'tcp'] as const
export type ServiceProtocol = (typeof SERVICE_PROTOCOLS)[number]

/** A service as its machine reaches it. */
export interface ServiceAddress {
  /** Default `localhost`: the machine itself. */
  readonly host?: string
  readonly port: number
  readonly protocol: ServiceProtocol
}

/** Asks for a tunnel to a service. */
export interface ExposeRequest extends ServiceAddress {
  /** Chosen by the client; the same id with the same request answers what is exposed already. */
  readonly id: string
  /** False makes the tunnel private: only dialed. */
  readonly publish: boolean
  readonly name?: string
  /** Default true for an MCP server that is published. */
  readonly tokenAuth?: boolean
  readonly trustedIps?: readonly string[]
  readonly hostHeader?: string
  readonly labels?: Labels
  /** After that long it ends by itself; absent, it ends with the server at the latest. */
  readonly ttlMs?: number
  /** The service is an MCP server there. */
  readonly mcpPath?: string
}

/** Asks what a service answers on its machine. */
export interface ProbeRequest extends ServiceAddress {
  /** With its query; default `/`. Not for `tcp`. */
  readonly path?: string
  /** Default: the address of the service. */
  readonly hostHeader?: string
}

/** `reconnecting`: the link broke, and the tunnel comes back with it. The last three are over. */
export const EXPOSURE_STATES = ['online', 'reconnecting', 'expired', 'stopped', 'failed'] as const
export type ExposureStatus = (typeof EXPOSURE_STATES)[number]

/** A service that its machine exposes, or did a while ago. */
export interface Exposure {
  readonly id: string
  readonly name: string
  readonly url: string
  /** New after each reconnect. */
  readonly tunnelId: string
  readonly kind: Kind
  readonly protocol: ServiceProtocol
  readonly host: string
  readonly port: number
  readonly status: ExposureStatus
  /** Why it failed. */
  readonly reason?: string
  readonly tokenAuth: boolean
  readonly hostHeader?: string
  readonly mcpPath?: string
  readonly labels: Labels
  /** Integer seconds. */
  readonly createdAt: number
  /** Integer seconds; absent without a time to live. */
  readonly expiresAt?: number
}

/** What a service answered, on its machine or through a tunnel. */
export interface ServiceAnswer {
  readonly connected: boolean
  /** Why it did not answer, or no further. */
  readonly problem?: string
  /** Of HTTP. */
  readonly status?: number
  /** Those that matter to a comparison, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** Of the body, or of what a TCP service says first. */
  readonly bytes: number
  /** In hex, of those bytes; absent unless they were read to their end. */
  readonly sha256?: string
  /** The first of them, in base64. */
  readonly head: string
}

/** A question without its number. */
export type MachineQuestion =
  | { readonly use: 'expose'; readonly expose: ExposeRequest }
  | { readonly use: 'exposed' }
  | { readonly use: 'unexpose'; readonly id: string }
  | { readonly use: 'probe'; readonly probe: ProbeRequest }

/** A question; numbers are the client's and used once. */
export type MachineAsk = MachineQuestion & { readonly ask: number }

/** A part of what is answered to the question of that number; the one that is `last` ends it. */
export interface MachineAnswer {
  readonly ask: number
  readonly last: boolean
  /** The one that was exposed or ended, or all. */
  readonly exposures?: readonly Exposure[]
  readonly probe?: ServiceAnswer
  readonly error?: StreamError
}
