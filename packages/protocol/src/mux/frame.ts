/** Owns the bytes of a mux frame header: u8 type, u24 payload length, u32 stream id, all big-endian (docs/protocol/mux.md §2). */

/** Bytes of every header. */
export const HEADER_BYTES = 8

/** Frame types. Stream 0 belongs to the link: ping, pong and control. */
export const FRAME = {
  open: 1,
  data: 2,
  window: 3,
  end: 4,
  reset: 5,
  ping: 6,
  pong: 7,
  control: 8,
} as const

/** Payload bytes of the types that have exactly one length; the others are bounded by limits.ts. */
export const FIXED_PAYLOAD: Readonly<Record<number, number>> = {
  [FRAME.window]: 4,
  [FRAME.end]: 0,
  [FRAME.reset]: 4,
  [FRAME.ping]: 8,
  [FRAME.pong]: 8,
}

/** What a header says. */
export interface Header {
  readonly type: number
  readonly length: number
  readonly id: number
}

/** Writes a header at `at`. */
export const putHeader = (into: Uint8Array, at: number, { type, length, id }: Header): void => {
  into[at] = type
  into[at + 1] = length >>> 16
  into[at + 2] = length >>> 8
  into[at + 3] = length
  putU32(into, at + 4, id)
}

/** Writes an unsigned 32-bit number. */
export const putU32 = (into: Uint8Array, at: number, value: number): void => {
  into[at] = value >>> 24
  into[at + 1] = value >>> 16
  into[at + 2] = value >>> 8
  into[at + 3] = value
}

/** Reads an unsigned 32-bit number; the caller knows that four bytes are there. */
export const getU32 = (from: Uint8Array, at: number): number =>
  (((from[at] as number) << 24) |
    ((from[at + 1] as number) << 16) |
    ((from[at + 2] as number) << 8) |
    (from[at + 3] as number)) >>>
  0
