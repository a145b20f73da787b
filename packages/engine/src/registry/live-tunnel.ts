/** Owns what the edge, the TCP ports and private dialing may ask of a tunnel that exists. */
import type { Channel, Sink, Tunnel } from '@towline/protocol'

/** What one visitor stream tells the host. */
export interface Caller {
  /** Socket address of the visitor or dialer, `ip:port`. */
  readonly from: string
  readonly requestId: string
}

/** Counts what visitors do; the inventory, metrics and the host's live view read it. */
export interface Meter {
  /** One more request (http) or connection (others) started. */
  began(): void
  /** Its first response byte came after `ms`. */
  answered(ms: number): void
  ended(): void
}

/** A tunnel the engine knows: online, or offline and held for its host to come back. */
export interface LiveTunnel {
  /** The newest snapshot; replaced, never mutated. */
  readonly tunnel: Tunnel
  readonly meter: Meter
  readonly online: boolean
  /** Opens a stream to the host; bytes may be written at once. Throws AppError TUNNEL_OFFLINE or BUSY. */
  open(caller: Caller, sink: Sink): Channel
  /** Settles when a host serves the name again (the live tunnel to use then), or undefined when the hold is over. Throws AppError BUSY over holdRequests. */
  whenOnline(signal?: AbortSignal): Promise<LiveTunnel | undefined>
}

/** Finds tunnels for visitors. Host names come without port, lower-case. */
export interface Router {
  /** Tunnel of kind http behind `name.project.domain`. */
  http(host: string): LiveTunnel | undefined
  /** Tunnel of kind tls behind a server name of a ClientHello. */
  tls(serverName: string): LiveTunnel | undefined
}
