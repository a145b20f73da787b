/** Owns POST /v1/copy: copies one file on the machine itself, with the same guarantees as a PUT. */
import { closeSync } from 'node:fs'
import { AppError } from '@towline/protocol'
import { infoOf } from '../root/entry.ts'
import { openFile, type OpenFile } from '../root/open-file.ts'
import { type Landed, landTemp } from '../root/temp.ts'
import type { Spot } from '../root/spot.ts'
import { sendJson } from './answer.ts'
import { bodyOf, type Call, spotAt } from './call.ts'
import { checkConditions } from './conditions.ts'
import { flag, text } from './fields.ts'
import { demandWritable } from './put-file.ts'
import { writeAll } from './receive.ts'
import { sendRange } from './send.ts'

const SPEC = { from: text, to: text, ifMatch: text, overwrite: flag, mkdirs: flag }

export const postCopy = async (call: Call): Promise<void> => {
  const { from: source, to: target, ifMatch, overwrite = false, mkdirs = false } = await bodyOf(call, SPEC)
  using from = spotAt(call, source, { name: 'from' })
  using file = openFile(from)
  if (ifMatch !== undefined) checkConditions({ ifMatch }, file.stat)
  const { filesBytes: limit } = call.service.limits
  if (Number(file.stat.size) > limit) throw new AppError('FILE_TOO_LARGE', { limit })
  using to = spotAt(call, target, { make: mkdirs, name: 'to' })
  if (to.found !== undefined && !overwrite) throw new AppError('FILE_EXISTS')
  demandWritable(to)
  const landed = await copy(call, file, { to, overwrite })
  sendJson(call.res, infoOf(to.parts, landed.stat), { status: landed.created ? 201 : 200 })
}

const copy = async (
  { service, signal }: Call,
  file: OpenFile,
  { to, overwrite }: { to: Spot; overwrite: boolean },
): Promise<Landed> => {
  const temp = service.journal.create({ fd: to.parent, parts: to.parts.slice(0, -1) })
  try {
    let position = 0
    const out = {
      write: async (bytes: Uint8Array | string): Promise<void> => {
        signal.throwIfAborted()
        const start = position
        position += bytes.length
        await writeAll(temp.fd, [bytes as Uint8Array], start)
      },
    }
    await sendRange(
      file.fd,
      { start: 0, end: Number(file.stat.size), out },
      { chunkBytes: service.limits.filesChunkBytes },
    )
    const check = (now: unknown): void => {
      if (now !== undefined && !overwrite) throw new AppError('FILE_EXISTS')
    }
    return await landTemp(to, temp, { mode: Number(file.stat.mode), check })
  } finally {
    closeSync(temp.fd)
    service.journal.drop(to.parent, temp)
  }
}
