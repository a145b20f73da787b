/** Owns the codes by which an encrypted carrier ends, as docs/protocol/e2e.md lists them. */

export const E2E_CLOSE = {
  /** The server does not let this client in. Said inside the channel only. */
  unauthorized: 4401,
  /** A peer in the clear, where there is only encryption. */
  plaintext: 4403,
  /** The handshake was not complete in time. */
  late: 4408,
  /** Something was changed, lost, repeated or moved on the way. */
  tampered: 4409,
  /** The client was taken off the list, or its time is over. */
  revoked: 4410,
  /** Too many handshakes at once. */
  busy: 4429,
} as const

/** A carrier that was cut off: it ended without its peer having said so inside the channel. */
export const CUT_OFF = 1006
