/** Owns the head of a webtty frame, `type(1) stream(varint) length(varint)`, and cutting messages into frames (docs/protocol/webtty.md §3). */
import { AppError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { putVarint, varintBytes, VarintReader } from './varint.ts'

/** What the first bytes of a native carrier say, and the name of the WebSocket subprotocol. */
export const WEBTTY_PROTOCOL = 'webtty.v1'
export const WEBTTY_PREFACE = `${WEBTTY_PROTOCOL}\n`

/** Frame types. 0x0e PRESENCE, 0x0f CONTROL, 0x10 REKEY, 0xe0 HANDSHAKE and 0xe1 RECORD are kept for what they name. */
export const WEBTTY_FRAME = {
  hello: 0x00,
  open: 0x01,
  opened: 0x02,
  data: 0x03,
  credit: 0x04,
  resize: 0x05,
  signal: 0x06,
  eof: 0x07,
  exit: 0x08,
  attach: 0x09,
  snapshot: 0x0a,
  detach: 0x0b,
  reset: 0x0c,
  ping: 0x0d,
  pong: 0x11,
  list: 0x12,
  processes: 0x13,
  ask: 0x14,
  answer: 0x15,
} as const

/** A type with this bit must be understood: who does not know it closes with 4406. Others that are unknown are skipped. */
export const CRITICAL_BIT = 0x40

/** Bytes of a head. */
export const headBytes = (stream: number, length: number): number => 1 + varintBytes(stream) + varintBytes(length)

/** Writes a head; answers where the body begins. */
export const putHead = (
  into: Uint8Array,
  type: number,
  [at, stream, length]: readonly [number, number, number],
): number => {
  into[at] = type
  return putVarint(into, putVarint(into, at + 1, stream), length)
}

/** Hands on every frame of a message in order; `body` is a view. Throws PROTOCOL_ERROR at the first that is cut short or too long. */
export const readFrames = (
  message: Uint8Array,
  onFrame: (type: number, stream: number, body: Uint8Array) => void,
): void => {
  if (message.length === 0) throw new AppError('PROTOCOL_ERROR', { problem: 'a message without a frame' })
  const reader = new VarintReader(message)
  while (reader.at < message.length) {
    const type = reader.byte()
    const stream = reader.next()
    const length = reader.next()
    const end = reader.at + length
    if (length > LIMITS.webttyFrameBytes)
      throw new AppError('PROTOCOL_ERROR', { problem: `a frame of ${length} bytes` })
    if (end > message.length) throw new AppError('PROTOCOL_ERROR', { problem: 'a frame that ends too early' })
    onFrame(type, stream, message.subarray(reader.at, end))
    reader.at = end
  }
}
