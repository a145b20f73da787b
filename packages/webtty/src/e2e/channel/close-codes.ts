/** Owns the codes by which an encrypted carrier ends: rows of the one table of close codes, under the names that mean them here. */
import { WEBTTY_CLOSE } from '@towline/protocol'

export const E2E_CLOSE = {
  /** The server does not let this client in. Said inside the channel only. */
  unauthorized: WEBTTY_CLOSE.unauthenticated,
  /** A peer in the clear, where there is only encryption. */
  plaintext: WEBTTY_CLOSE.forbidden,
  /** The handshake was not complete in time. */
  late: WEBTTY_CLOSE.silent,
  /** Something was changed, lost, repeated or moved on the way. */
  tampered: WEBTTY_CLOSE.tampered,
  /** The client was taken off the list, its time is over, or it lost a role. Said inside the channel only. */
  revoked: WEBTTY_CLOSE.revoked,
  tooLong: WEBTTY_CLOSE.tooLong,
  /** Too many handshakes at once, or too many that were refused. */
  busy: WEBTTY_CLOSE.busy,
} as const

/** A carrier that was cut off: it ended without its peer having said so inside the channel. */
export const CUT_OFF = WEBTTY_CLOSE.cut
