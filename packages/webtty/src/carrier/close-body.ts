/** Owns the body of a close record: u16 code, then the reason in UTF-8, as in a WebSocket close frame (RFC 6455 §5.5.1). */
import { printable, WEBTTY_CLOSE } from '@towline/protocol'
import type { CarrierEnd } from './carrier.ts'

/** Bytes of a reason; a longer one is cut. */
const REASON_BYTES = 123

/** A reason in at most 123 bytes of UTF-8. */
export const shortReason = (reason: string): Uint8Array => {
  const bytes = new TextEncoder().encode(reason)
  if (bytes.length <= REASON_BYTES) return bytes
  let end = REASON_BYTES
  while (((bytes[end] as number) & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}

export const closeBody = (code: number, reason: string): Uint8Array => {
  const text = shortReason(reason)
  const body = new Uint8Array(2 + text.length)
  body[0] = code >>> 8
  body[1] = code
  body.set(text, 2)
  return body
}

/** What a close record says; one that is too short counts as a cut. */
export const readCloseBody = (body: Uint8Array): CarrierEnd => {
  const [high, low] = body
  if (high === undefined || low === undefined) return { code: WEBTTY_CLOSE.cut, reason: '' }
  return { code: high * 256 + low, reason: printable(new TextDecoder().decode(body.subarray(2))) }
}
