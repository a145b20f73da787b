/** Owns the codes that end a stream early, and what each means to a visitor. */
import type { ErrorCode } from './errors.ts'

/** RESET codes on the wire (docs/protocol/mux.md §5). Unknown codes are treated as `cancel`. */
export const RESET = {
  /** The opener or reader no longer wants it. */
  cancel: 0,
  /** Nothing listens at the target. */
  upstreamRefused: 1,
  /** The target did not accept in time. */
  upstreamTimeout: 2,
  /** The target broke the connection. */
  upstreamReset: 3,
  /** No such tunnel on this link. */
  tunnelUnknown: 4,
  /** The opener may not open this. */
  forbidden: 5,
  /** Over a bound. */
  busy: 6,
  /** The link under the stream died; a dialer hears it on its own link when the host's link died. */
  linkLost: 7,
  /** The stream broke the protocol. */
  protocol: 8,
  /** The tunnel is published; dialing is for private ones and control surfaces. */
  published: 9,
} as const

/** The error a person sees for a RESET that came before any answer. */
export const RESET_ERRORS = [
  'UPSTREAM_RESET',
  'UPSTREAM_REFUSED',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_RESET',
  'TUNNEL_UNKNOWN',
  'FORBIDDEN',
  'BUSY',
  'TUNNEL_OFFLINE',
  'PROTOCOL_ERROR',
  'DIAL_PUBLISHED',
] as const satisfies readonly ErrorCode[]

/** The error code for a reset, for logs and pages. */
export const resetError = (reset: number | undefined): (typeof RESET_ERRORS)[number] =>
  RESET_ERRORS[reset ?? 0] ?? 'UPSTREAM_RESET'
