/** Owns the memory that messages of bulk output are written in: a flood leaves nothing to collect. */
import { LIMITS } from '@towline/protocol'

/** Beside the output of a message, so that EOF and EXIT fit into it. */
export const SLACK_BYTES = 512

const BULK_BYTES = LIMITS.webttyBatchBytes + SLACK_BYTES
const FREE_MAX = 16
const free: ArrayBuffer[] = []

/** Below this memory of its own costs less. */
const SMALL_BYTES = 4 * 1024

/** So many bytes, with anything in them. */
export const takeBulk = (bytes: number): Uint8Array => {
  if (bytes < SMALL_BYTES || bytes > BULK_BYTES) return new Uint8Array(bytes)
  return new Uint8Array(free.pop() ?? new ArrayBuffer(BULK_BYTES), 0, bytes)
}

/** Nobody reads a message any more, which may have been written elsewhere. */
export const returnBulk = ({ buffer }: Uint8Array): void => {
  if (buffer.byteLength === BULK_BYTES && buffer instanceof ArrayBuffer && free.length < FREE_MAX) free.push(buffer)
}
