/** Owns taking a tar stream apart, entry by entry, whatever pieces it comes in. */
import type { Readable } from 'node:stream'
import { AppError } from '@towline/protocol'
import { BLOCK, paddingOf, readHeader, readPax, type TarEntry } from './tar-header.ts'

/** Bytes of pax records or of a long name at most. */
const EXTRA_MAX = 64 * 1024

/** What a file brings: its bytes, which must be read to their end before the next entry. */
export interface TarFile {
  readonly entry: TarEntry
  readonly body: AsyncIterable<Buffer>
}

const refused = (entry: string, problem: string): AppError => new AppError('FILE_ARCHIVE_REFUSED', { entry, problem })

/** Entries in order, with long names already put in place. Throws FILE_ARCHIVE_REFUSED. */
export const readTar = async function* (stream: Readable): AsyncGenerator<TarFile> {
  const pieces = new Pieces(stream)
  let extra: Extra = {}
  for (;;) {
    const block = await pieces.take(BLOCK)
    if (block === undefined || block.every((byte) => byte === 0)) break
    const header = readHeader(block)
    if (header === undefined) throw refused('?', 'its header cannot be read.')
    if (header.type === 'x' || header.type === 'L') extra = { ...extra, ...(await readExtra(pieces, header)) }
    else if (header.type === 'g') await readExtra(pieces, header)
    else {
      const entry = { ...header, ...extra }
      extra = {}
      yield { entry, body: pieces.body(entry.size) }
      await pieces.finish()
    }
  }
  // What follows the end is padding of the writer.
  await pieces.skipAll()
}

type Extra = Partial<Pick<TarEntry, 'path' | 'size' | 'link'>>

const readExtra = async (pieces: Pieces, { type, size }: TarEntry): Promise<Extra> => {
  if (size > EXTRA_MAX) throw refused('?', 'its extended header is too long.')
  const bytes = await pieces.take(size + paddingOf(size))
  const own = bytes?.subarray(0, size)
  if (own === undefined) throw refused('?', 'it ends within a header.')
  if (type === 'L') return { path: own.toString().split('\0', 1)[0] as string }
  const records = readPax(own)
  if (records === undefined) throw refused('?', 'its extended header cannot be read.')
  const sparse = [...records.keys()].find((key) => key.startsWith('GNU.sparse'))
  if (sparse !== undefined) throw refused('?', 'sparse files are not taken.')
  return { ...pick('path', records), ...pickSize(records.get('size')) }
}

const pick = (key: 'path', records: ReadonlyMap<string, string>): Extra => {
  const value = records.get(key)
  return value === undefined ? {} : { [key]: value }
}

const pickSize = (text: string | undefined): Extra => {
  if (text === undefined) return {}
  if (!/^\d{1,15}$/.test(text)) throw refused('?', 'its size cannot be read.')
  return { size: Number(text) }
}

/** A stream by the number of bytes wanted. */
class Pieces {
  readonly #source: AsyncIterator<Buffer>
  #rest = Buffer.alloc(0)
  #left = 0
  #padding = 0

  constructor(stream: Readable) {
    this.#source = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** Exactly so many bytes; undefined when the stream is over before the first. */
  async take(count: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = []
    for (let missing = count; missing > 0; ) {
      const piece = await this.#some(missing)
      if (piece === undefined && parts.length === 0) return undefined
      if (piece === undefined) throw refused('?', 'it ends within a block.')
      parts.push(piece)
      missing -= piece.length
    }
    return Buffer.concat(parts)
  }

  /** The next `size` bytes; the padding after them is taken by `finish`. */
  async *body(size: number): AsyncGenerator<Buffer> {
    this.#left = size
    this.#padding = paddingOf(size)
    while (this.#left > 0) {
      const piece = await this.#some(this.#left)
      if (piece === undefined) throw refused('?', 'it ends within a file.')
      this.#left -= piece.length
      yield piece
    }
  }

  async finish(): Promise<void> {
    if (this.#left > 0) throw refused('?', 'an entry was not read to its end.')
    await this.take(this.#padding)
    this.#padding = 0
  }

  async skipAll(): Promise<void> {
    while ((await this.#some(Number.MAX_SAFE_INTEGER)) !== undefined);
  }

  async #some(most: number): Promise<Buffer | undefined> {
    if (this.#rest.length === 0) {
      const next = await this.#source.next()
      if (next.done === true) return undefined
      this.#rest = next.value as Buffer<ArrayBuffer>
    }
    const piece = this.#rest.subarray(0, most)
    this.#rest = this.#rest.subarray(piece.length)
    return piece
  }
}
