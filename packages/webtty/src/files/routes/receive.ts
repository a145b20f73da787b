/** Owns bytes of a body on their way into a file: gathered while the ones before are written. */
import { writev } from 'node:fs'
import { promisify } from 'node:util'
import type { Readable } from 'node:stream'
import { AppError } from '@towline/protocol'

const writeAt = promisify(writev)

export interface ReceiveOptions {
  readonly fd: number
  /** Where the first byte goes. */
  readonly position: number
  /** Bytes at most; more throws FILE_TOO_LARGE. */
  readonly max: number
  readonly chunkBytes: number
  readonly onChunk?: (bytes: Uint8Array) => void
  readonly moved?: () => void
}

/** Writes a body to its end; answers how many bytes. What arrived before a failure is written too. */
export const receive = async (body: Readable, options: ReceiveOptions): Promise<number> => {
  const sink = new Sink(options)
  try {
    for await (const bytes of body as AsyncIterable<Buffer>) {
      if (sink.total + bytes.length > options.max) throw new AppError('FILE_TOO_LARGE', { limit: options.max })
      options.onChunk?.(bytes)
      options.moved?.()
      await sink.take(bytes)
    }
  } finally {
    await sink.flush()
  }
  return sink.total
}

class Sink {
  total = 0
  readonly #options: ReceiveOptions
  #gathered: Buffer[] = []
  #gatheredBytes = 0
  #position: number
  #writing: Promise<void> = Promise.resolve()

  constructor(options: ReceiveOptions) {
    this.#options = options
    this.#position = options.position
  }

  async take(bytes: Buffer): Promise<void> {
    this.total += bytes.length
    this.#gathered.push(bytes)
    this.#gatheredBytes += bytes.length
    if (this.#gatheredBytes >= this.#options.chunkBytes) await this.#next()
  }

  async flush(): Promise<void> {
    if (this.#gatheredBytes > 0) await this.#next()
    await this.#writing
  }

  /** Waits for the write before, then starts the next. */
  async #next(): Promise<void> {
    const [batch, at] = [this.#gathered, this.#position]
    this.#gathered = []
    this.#position += this.#gatheredBytes
    this.#gatheredBytes = 0
    await this.#writing
    this.#writing = writeAll(this.#options.fd, batch, at)
    // Its failure is met at the next write or at the end.
    this.#writing.catch(() => {})
  }
}

/** Writes all of the buffers, however many bytes the system takes at once. */
export const writeAll = async (fd: number, buffers: readonly Uint8Array[], position: number): Promise<void> => {
  let rest = buffers
  for (let at = position; rest.length > 0; ) {
    const { bytesWritten } = await writeAt(fd, rest, at)
    at += bytesWritten
    rest = after(rest, bytesWritten)
  }
}

const after = (buffers: readonly Uint8Array[], bytes: number): readonly Uint8Array[] => {
  let left = bytes
  const index = buffers.findIndex((buffer) => {
    if (buffer.length > left) return true
    left -= buffer.length
    return false
  })
  if (index < 0) return []
  return [(buffers[index] as Uint8Array).subarray(left), ...buffers.slice(index + 1)]
}
