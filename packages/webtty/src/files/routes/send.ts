/** Owns bytes of a file on their way out: two buffers, one read while the other is written. */
import { read } from 'node:fs'
import { promisify } from 'node:util'
import type { Writable } from 'node:stream'
import type { Range } from './ranges.ts'

const readAt = promisify(read)

/** A stream to whoever asked; every write is answered, also when the stream ends before. */
export class Outlet {
  readonly #stream: Writable
  readonly #waiting = new Set<(error: Error) => void>()
  #closed = false

  constructor(stream: Writable) {
    this.#stream = stream
    stream.once('close', () => {
      this.#closed = true
      for (const fail of this.#waiting) fail(cut())
    })
  }

  /** Resolves when the bytes are on their way, so that their buffer may be used again. */
  write(bytes: Uint8Array | string): Promise<void> {
    if (this.#closed) return Promise.reject(cut())
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject)
      this.#stream.write(bytes, (error) => {
        this.#waiting.delete(reject)
        if (error) reject(error)
        else resolve()
      })
    })
  }
}

const cut = (): Error => Object.assign(new Error('whoever asked has gone'), { code: 'ERR_STREAM_DESTROYED' })

export interface SendOptions {
  readonly chunkBytes: number
  /** Each piece before it is written; it is used again afterwards. */
  readonly onChunk?: (bytes: Uint8Array) => void
  readonly moved?: () => void
}

/** Writes a range of an open file. Throws when the file has become shorter: what was promised cannot be sent then. */
export const sendRange = async (
  fd: number,
  range: Range & { readonly out: Pick<Outlet, 'write'> },
  options: SendOptions,
): Promise<void> => {
  const { start, end, out } = range
  const size = Math.min(options.chunkBytes, end - start)
  const buffers = [Buffer.allocUnsafe(size), end - start > size ? Buffer.allocUnsafe(size) : Buffer.alloc(0)] as const
  const written: [Promise<void>, Promise<void>] = [Promise.resolve(), Promise.resolve()]
  for (let at = start, turn: 0 | 1 = 0; at < end; turn = turn === 0 ? 1 : 0) {
    await written[turn]
    const { bytesRead } = await readAt(fd, buffers[turn], 0, Math.min(size, end - at), at)
    if (bytesRead === 0) throw new Error('the file became shorter while it was read')
    const bytes = buffers[turn].subarray(0, bytesRead)
    options.onChunk?.(bytes)
    written[turn] = out.write(bytes).then(() => options.moved?.())
    // Its failure is met at its next turn; until then it must not count as unhandled.
    written[turn].catch(() => {})
    at += bytesRead
  }
  await Promise.all(written)
}
