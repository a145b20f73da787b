/** Owns POST /v1/archive: takes a tar stream apart into a folder, refusing whatever could lead elsewhere. */
import { closeSync, mkdirSync } from 'node:fs'
import { Readable } from 'node:stream'
import { AppError } from '@towline/protocol'
import { at } from '../root/open-root.ts'
import { parsePath } from '../root/path.ts'
import { demandFolder } from '../root/spot.ts'
import { landTemp, syncFolder } from '../root/temp.ts'
import { sendJson } from '../routes/answer.ts'
import { type Call, queryOf, spotAt } from '../routes/call.ts'
import { flag, text } from '../routes/fields.ts'
import { watchIdle, type Idle } from '../routes/idle.ts'
import { demandWritable } from '../routes/put-file.ts'
import { receive } from '../routes/receive.ts'
import { readTar, type TarFile } from './read-tar.ts'
import type { TarEntry } from './tar-header.ts'

/** What was taken out of an archive; docs/protocol/fs.md §9. */
export interface Extracted {
  readonly files: number
  readonly folders: number
  readonly bytes: number
}

export const postArchive = async (call: Call): Promise<void> => {
  const { path = '/', overwrite = false } = queryOf(call, { path: text, overwrite: flag })
  using spot = spotAt(call, path)
  demandFolder(spot)
  using idle = watchIdle(call.service.limits.filesIdleMs, () => call.req.destroy())
  const extraction = new Extraction(call, { base: spot.parts, overwrite, idle })
  for await (const file of readTar(call.req)) await extraction.take(file)
  await syncFolder(demandFolder(spot).fd)
  sendJson(call.res, extraction.counts)
}

interface ExtractionOptions {
  readonly base: readonly string[]
  readonly overwrite: boolean
  readonly idle: Idle
}

/** Type letters of regular files: ustar, its ancestor, and contiguous files. */
const FILES = new Set(['0', '\0', '7'])

class Extraction {
  counts: Extracted = { files: 0, folders: 0, bytes: 0 }
  readonly #call: Call
  readonly #options: ExtractionOptions

  constructor(call: Call, options: ExtractionOptions) {
    this.#call = call
    this.#options = options
  }

  async take({ entry, body }: TarFile): Promise<void> {
    const parts = this.#check(entry)
    if (entry.type === '5') this.#folder(parts)
    else await this.#file(parts, { entry, body })
  }

  /** Where it goes. Everything that is refused is refused before anything is made for it. */
  #check(entry: TarEntry): readonly string[] {
    const { filesArchiveEntries, filesArchiveBytes } = this.#call.service.limits
    const { files, folders, bytes } = this.counts
    const isFolder = entry.type === '5'
    const problems: readonly (readonly [boolean, string])[] = [
      [!isFolder && !FILES.has(entry.type), 'it is no file and no folder.'],
      [entry.path.startsWith('/'), 'its path is absolute.'],
      [entry.path.split('/').includes('..'), 'its path has "..".'],
      [isFolder && entry.size > 0, 'it is a folder with bytes.'],
      [files + folders >= filesArchiveEntries, `there are more than ${filesArchiveEntries} entries.`],
      [bytes + entry.size > filesArchiveBytes, `there are more than ${filesArchiveBytes} bytes.`],
    ]
    const problem = problems.find(([applies]) => applies)?.[1]
    if (problem !== undefined) throw new AppError('FILE_ARCHIVE_REFUSED', { entry: entry.path, problem })
    return [...this.#options.base, ...parsePath(entry.path, this.#call.service.limits)]
  }

  #folder(parts: readonly string[]): void {
    using spot = this.#call.service.walk(parts, { make: true })
    if (spot.found === undefined) mkdirSync(at(spot.parent, spot.name))
    else demandFolder(spot)
    this.counts = { ...this.counts, folders: this.counts.folders + 1 }
  }

  async #file(parts: readonly string[], { entry, body }: TarFile): Promise<void> {
    const { walk, journal, limits } = this.#call.service
    using spot = walk(parts, { make: true })
    if (spot.found !== undefined && !this.#options.overwrite) throw new AppError('FILE_EXISTS')
    demandWritable(spot)
    const temp = journal.create({ fd: spot.parent, parts: spot.parts.slice(0, -1) })
    try {
      const where = { fd: temp.fd, position: 0, max: entry.size, chunkBytes: limits.filesChunkBytes }
      await receive(Readable.from(body), { ...where, moved: this.#options.idle.touch })
      await landTemp(spot, temp, { mode: entry.mode & 0o777, check: (now) => this.#demandFree(now) })
    } finally {
      closeSync(temp.fd)
      journal.drop(spot.parent, temp)
    }
    this.counts = { ...this.counts, files: this.counts.files + 1, bytes: this.counts.bytes + entry.size }
  }

  #demandFree(now: unknown): void {
    if (now !== undefined && !this.#options.overwrite) throw new AppError('FILE_EXISTS')
  }
}
