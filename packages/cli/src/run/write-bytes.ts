/** Owns writing bytes that are only lent to a stream, as fast as its reader takes them. */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { copyOf } from '@towline/protocol'

/** Those who wait for a stream wait together. */
const waiting = new WeakMap<Writable, Promise<void>>()

/** Copies and writes; a promise asks to wait until the reader has caught up, or is gone. */
export const writeBytes = (stream: Writable, bytes: Uint8Array): void | Promise<void> => {
  if (stream.destroyed || stream.writableEnded) return undefined
  if (stream.write(copyOf(bytes))) return undefined
  const known = waiting.get(stream)
  if (known) return known
  const caughtUp = Promise.race([once(stream, 'drain'), once(stream, 'close')])
    .catch(() => undefined)
    .then(() => void waiting.delete(stream))
  waiting.set(stream, caughtUp)
  return caughtUp
}
