/** Owns what the registry asks of the link that serves tunnels. */
import type { AppError, Channel, Client, ControlMessage, Principal, Sink, StreamOpen } from '@towline/protocol'

/** A linked process that may host tunnels. */
export interface Host {
  readonly principal: Principal
  /** What inventories tell about it, without its tunnels. */
  readonly about: Omit<Client, 'tunnels'>
  /** Whether it was heard lately; what is sent to a silent one may never arrive. */
  readonly audible: boolean
  /** Throws AppError TUNNEL_OFFLINE or LIMIT_REACHED. */
  open(open: StreamOpen, sink: Sink): Channel
  send(message: ControlMessage): void
  /** Ends the link at once, telling its client why. */
  end(departure: Departure): void
}

/** How a link ended and what it means for its tunnels. */
export interface Departure {
  readonly cause: 'closed' | 'lost' | 'cut' | 'revoked' | 'shutdown'
  /** What the client is told, when the engine ends the link. */
  readonly error?: AppError
}
