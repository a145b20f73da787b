/** Owns the codes that a carrier is closed with (docs/protocol/webtty.md §7). */
/** Over a WebSocket these are its close codes (RFC 6455 §7.4). */
export const WEBTTY_CLOSE = {
  /** In order. */
  done: 1000,
  /** Never sent: the carrier broke. */
  cut: 1006,
  /** A frame or message that breaks the protocol. */
  protocol: 4400,
  /** The credential is missing or no longer good, or the client's keys are not on the list of an encrypted server. */
  unauthenticated: 4401,
  /** The server speaks only with end-to-end encryption. */
  forbidden: 4403,
  /** A critical frame, or a version, that this side does not know. */
  unsupported: 4406,
  /** Nothing was heard for too long, or no handshake was completed. */
  silent: 4408,
  /** Something encrypted was changed, lost, repeated or moved on the way. */
  tampered: 4409,
  /** The server stops. */
  stopping: 4410,
  /** A client was taken off the list of an encrypted server, its time is over, or it lost a role. */
  revoked: 4411,
  /** A message over webttyMessageBytes. */
  tooLong: 4413,
  /** Over another bound: too many connections, or handshakes, at once. */
  busy: 4429,
  /** A bug of the side that closes. */
  internal: 4500,
} as const

type CloseError = 'WEBTTY_LOST' | 'PROTOCOL_ERROR' | 'UNAUTHENTICATED'

/** What a close means to whoever had not heard the answer yet. */
const CLOSE_ERRORS: Readonly<Record<number, CloseError>> = {
  [WEBTTY_CLOSE.protocol]: 'PROTOCOL_ERROR',
  [WEBTTY_CLOSE.unauthenticated]: 'UNAUTHENTICATED',
  [WEBTTY_CLOSE.unsupported]: 'PROTOCOL_ERROR',
  [WEBTTY_CLOSE.tampered]: 'PROTOCOL_ERROR',
  [WEBTTY_CLOSE.tooLong]: 'PROTOCOL_ERROR',
}

/** The error code for a close; WEBTTY_LOST for all that only say that it is over. */
export const webttyCloseError = (code: number): CloseError => CLOSE_ERRORS[code] ?? 'WEBTTY_LOST'
