/** Owns the seam between frames and what carries them: a byte stream, a WebSocket, memory, or an encrypted carrier. */

/** How a carrier ended. */
export interface CarrierEnd {
  /** 1000 in order; 1006 cut off; 4000 to 4999 as docs/protocol/webtty.md lists them. */
  readonly code: number
  readonly reason: string
}

/** What a carrier tells whoever consumes it. */
export interface CarrierSink {
  /** One whole message. `bytes` is valid only during the call. */
  message(bytes: Uint8Array): void
  /** `send` answered false before and the carrier now takes more. */
  drained(): void
  /** Exactly once, last. */
  closed(end: CarrierEnd): void
}

/**
 * Whole messages both ways, in order. A carrier is delivered paused: set `sink`, then `resume`. All methods are harmless after
 * `closed`. A message longer than `webttyMessageBytes` closes the carrier with 4413.
 */
export interface Carrier {
  sink: CarrierSink
  /** Takes one message, which is the caller's again after the call: who keeps it copies it. False asks to stop until `drained`. */
  send(message: Uint8Array): boolean
  /** Messages of output are best not longer than this; absent when that is all the same. */
  readonly pieceBytes?: number
  /** Bytes taken by `send` that the socket below has not taken yet. */
  readonly queued: number
  pause(): void
  resume(): void
  /** Ends in order after everything sent; the peer hears code and reason. */
  close(code: number, reason?: string): void
}
