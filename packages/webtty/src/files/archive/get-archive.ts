/** Owns GET /v1/archive: a folder as a tar stream. */
import { closeSync, constants, openSync, readlinkSync } from 'node:fs'
import { AppError } from '@towline/protocol'
import { unless } from '../root/errno.ts'
import { at, opened } from '../root/open-root.ts'
import { demandFolder, type Spot, type Step } from '../root/spot.ts'
import { ALWAYS } from '../routes/answer.ts'
import { type Call, queryOf, spotAt } from '../routes/call.ts'
import { flag, text } from '../routes/fields.ts'
import { targetOf } from '../routes/get-stat.ts'
import { watchIdle, type Idle } from '../routes/idle.ts'
import { type Entry, listFolder } from '../routes/list.ts'
import { Outlet, sendRange } from '../routes/send.ts'
import { BLOCK, paddingOf, writeHeader } from './tar-header.ts'

export const getArchive = async (call: Call): Promise<void> => {
  const { path = '/', format = 'tar', links = false } = queryOf(call, { path: text, format: text, links: flag })
  if (format !== 'tar') throw new AppError('REQUEST_INVALID', { problem: '"format" is tar.' })
  const { limits } = call.service
  using spot = spotAt(call, path)
  const { fd } = demandFolder(spot)
  const name = encodeURIComponent(spot.name || 'files').replace(/['()*]/g, '_')
  call.res.writeHead(200, {
    ...ALWAYS,
    'content-type': 'application/x-tar',
    'content-disposition': `attachment; filename*=UTF-8''${name}.tar`,
    'cache-control': 'no-store',
  })
  using idle = watchIdle(limits.filesIdleMs, () => call.res.destroy())
  const archive = new Archive(call, { spot, links, idle })
  for await (const entry of listFolder(fd, { depth: limits.filesPathParts, limits, signal: call.signal })) {
    await archive.add(entry)
  }
  call.res.end(Buffer.alloc(2 * BLOCK))
}

interface ArchiveOptions {
  readonly spot: Spot
  /** Whether links that lead inside are put in; others never are. */
  readonly links: boolean
  readonly idle: Idle
}

/** Once it has begun, an entry that cannot be read breaks the stream off: a shorter archive would pass for whole. */
class Archive {
  readonly #call: Call
  readonly #options: ArchiveOptions
  readonly #out: Outlet
  #entries = 0
  #bytes = 0

  constructor(call: Call, options: ArchiveOptions) {
    this.#call = call
    this.#options = options
    this.#out = new Outlet(call.res)
  }

  async add({ parts, step, error }: Entry): Promise<void> {
    const { filesArchiveEntries, filesArchiveBytes } = this.#call.service.limits
    if (error?.code === 'FILE_NOT_FOUND') return
    if (step === undefined) throw error ?? new AppError('FILE_NOT_FOUND')
    this.#count('filesArchiveEntries', ++this.#entries, filesArchiveEntries)
    if (step.stat.isDirectory()) await this.#write(parts, step, { type: '5' })
    else if (step.stat.isSymbolicLink()) await this.#link(parts, step)
    else if (step.stat.isFile()) {
      this.#count('filesArchiveBytes', (this.#bytes += Number(step.stat.size)), filesArchiveBytes)
      await this.#file(parts, step)
    }
  }

  #count(limit: string, now: number, value: number): void {
    if (now > value) throw new AppError('LIMIT_REACHED', { limit, value })
  }

  async #file(parts: readonly string[], step: Step): Promise<void> {
    const fd = openSync(opened(step.fd), constants.O_RDONLY | constants.O_NONBLOCK)
    const size = Number(step.stat.size)
    try {
      await this.#write(parts, step, { type: '0', size })
      const { filesChunkBytes: chunkBytes } = this.#call.service.limits
      await sendRange(fd, { start: 0, end: size, out: this.#out }, { chunkBytes, moved: this.#options.idle.touch })
      if (paddingOf(size) > 0) await this.#out.write(Buffer.alloc(paddingOf(size)))
    } finally {
      closeSync(fd)
    }
  }

  async #link(parts: readonly string[], step: Step): Promise<void> {
    const { spot, links } = this.#options
    const whole = [...spot.parts, ...parts]
    if (!links || targetOf(whole, this.#call.service.walk) === undefined) return
    using holder = this.#call.service.walk(whole, { last: 'stay' })
    const link = unless(['EINVAL', 'ENOENT'], () => readlinkSync(at(holder.parent, holder.name)))
    // An absolute link would tell where the folder lies on the machine.
    if (link !== undefined && !link.startsWith('/')) await this.#write(parts, step, { type: '2', link })
  }

  async #write(
    parts: readonly string[],
    { stat }: Step,
    { type, size = 0, link }: { type: string; size?: number; link?: string },
  ): Promise<void> {
    const facts = { type, size, mode: Number(stat.mode) & 0o777, mtime: Number(stat.mtimeMs) / 1_000 }
    const path = parts.join('/') + (type === '5' ? '/' : '')
    await this.#out.write(writeHeader({ path, ...facts, ...(link === undefined ? {} : { link }) }))
    this.#options.idle.touch()
  }
}
