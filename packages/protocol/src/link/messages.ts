/** Owns the control messages of a link: JSON objects in CONTROL frames (docs/protocol/link.md §4). */
import type { ErrorBody } from '../errors.ts'
import type { Labels, Tunnel, TunnelSpec } from '../tunnel.ts'

/** The first bytes of a link, before the first frame, so that garbage is told apart at once. */
export const PREFACE = 'TOWLINE/1\r\n\r\n'

/** The ALPN protocol of a TLS link, and the WebSocket subprotocol and HTTP Upgrade token of its fallback. */
export const LINK_PROTOCOL = 'towline/1'
export const LINK_SUBPROTOCOL = 'towline.1'
/** Where the WebSocket fallback is asked for. */
export const LINK_PATH = '/api/link'

/** The link versions this build speaks, oldest and newest. */
export const LINK_VERSIONS = { min: 1, max: 1 } as const

/** Client to engine, first message. */
export interface Hello {
  readonly type: 'hello'
  readonly min: number
  readonly max: number
  readonly token: string
  /** Product and version, such as `towline-cli/0.1.0`. */
  readonly agent: string
  readonly os: string
  readonly arch: string
  readonly labels?: Labels
  /** Slug of the project that is meant; a person's login may reach several. */
  readonly project?: string
  /** The client this connection is a further lane of; it hosts nothing itself. */
  readonly laneOf?: string
}

/** Engine to client, the answer to hello. */
export interface Welcome {
  readonly type: 'welcome'
  readonly version: number
  readonly clientId: string
  readonly project: { readonly id: string; readonly slug: string }
  readonly engine: string
}

/** Engine to client: refused (before welcome, or the answer to `ref`), or the reason the link is about to close. */
export interface Refusal {
  readonly type: 'error'
  readonly ref?: number
  readonly error: ErrorBody
}

export interface TunnelOpen {
  readonly type: 'tunnel.open'
  /** Chosen by the client, repeated in the answer. */
  readonly ref: number
  readonly spec: TunnelSpec
  /** Chosen at random by the client for this tunnel, the same each time it opens it. */
  readonly holder?: string
  /** The holder has had the tunnel before; it is refused when another holder has the name by now. */
  readonly again?: boolean
}

export interface TunnelOpened {
  readonly type: 'tunnel.opened'
  readonly ref: number
  readonly tunnel: Tunnel
}

/** Either side: this tunnel is over. The engine says why. */
export interface TunnelClose {
  readonly type: 'tunnel.close'
  readonly tunnelId: string
  readonly error?: ErrorBody
}

/** Engine to client, at most once a second and only after a change: figures for the live view. */
export interface TunnelStats {
  readonly type: 'tunnel.stats'
  readonly tunnelId: string
  /** Visitor connections now; requests (http) or connections (others) so far. */
  readonly active: number
  readonly requests: number
  /** Median and 99th percentile of time to the first response byte over the last 128 requests, in ms. */
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Either side: no new streams, please; the link closes when the last one ends. */
export interface GoAway {
  readonly type: 'goaway'
  readonly error?: ErrorBody
}

/** Engine to client: this link is the bottleneck; one more connection would help, and may come as a lane of it. */
export interface LaneWant {
  readonly type: 'lane.want'
}

export type ControlMessage =
  | Hello
  | Welcome
  | Refusal
  | TunnelOpen
  | TunnelOpened
  | TunnelClose
  | TunnelStats
  | LaneWant
  | GoAway

/** The payload of OPEN. Engine to host: a visitor or dialer of `tunnelId`. Dialer to engine: `dial` names a private tunnel. */
export interface StreamOpen {
  readonly tunnelId?: string
  /** Name or id of a private tunnel. */
  readonly dial?: string
  /** Socket address of the visitor, `ip:port`. */
  readonly from?: string
  /** Correlates the logs of both sides. */
  readonly requestId?: string
  /** Bytes the opener lets its peer send before the first WINDOW; absent means muxWindowInitial. */
  readonly window?: number
}
