/** Owns writing bytes that are only lent to a stream, as fast as its reader takes them. */
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
  const caughtUp = takenBy(stream).then(() => void waiting.delete(stream))
  waiting.set(stream, caughtUp)
  return caughtUp
}

/** Resolves when the reader has taken all, or is gone. */
const takenBy = (stream: Writable): Promise<void> =>
  new Promise((done) => {
    const settle = (): void => {
      stream.off('drain', settle).off('close', settle)
      done()
    }
    stream.on('drain', settle).on('close', settle)
  })
