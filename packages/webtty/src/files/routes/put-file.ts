/** Owns PUT /v1/file: a whole new content that takes the place of the old at once, or not at all. */
import { closeSync } from 'node:fs'
import { AppError } from '@towline/protocol'
import { etagOf } from '../root/entry.ts'
import { type Landed, landTemp } from '../root/temp.ts'
import { demandBelowRoot, type Spot } from '../root/spot.ts'
import { sendEmpty } from './answer.ts'
import { type Call, queryOf, spotAt } from './call.ts'
import { checkConditions, conditionsOf } from './conditions.ts'
import { checkDigest, digestField, digestOf, newHash } from './digest.ts'
import { flag, mode, text } from './fields.ts'
import { watchIdle } from './idle.ts'
import { receive } from './receive.ts'

export const putFile = async (call: Call): Promise<void> => {
  const { path, mkdirs = false, ...asked } = queryOf(call, { path: text, mode, mkdirs: flag })
  const { filesPutBytes: max } = call.service.limits
  if (Number(call.req.headers['content-length'] ?? 0) > max) throw new AppError('FILE_TOO_LARGE', { limit: max })
  if (call.req.headers['content-range'] !== undefined) {
    throw new AppError('REQUEST_INVALID', { problem: 'parts are not put; use a resumable upload.' })
  }
  const expected = digestOf(call.req.headers)
  using spot = spotAt(call, path, { make: mkdirs })
  demandWritable(spot)
  checkConditions(conditionsOf(call.req.headers), spot.found?.stat)
  const { landed, digest } = await write(call, spot, { expected, ...asked })
  const etag = etagOf(landed.stat)
  call.service.digests.put(etag, digest)
  sendEmpty(call.res, landed.created ? 201 : 204, { etag, 'repr-digest': digestField(digest) })
}

/** Throws FILE_IS_ROOT, FILE_IS_FOLDER, FILE_SPECIAL unless a file may take this place. */
export const demandWritable = (spot: Spot): void => {
  demandBelowRoot(spot)
  if (spot.found?.stat.isDirectory() === true) throw new AppError('FILE_IS_FOLDER')
  if (spot.found !== undefined && !spot.found.stat.isFile()) throw new AppError('FILE_SPECIAL')
}

const write = async (
  { req, res, service }: Call,
  spot: Spot,
  asked: { readonly expected: string | undefined; readonly mode?: number },
): Promise<{ landed: Landed; digest: string }> => {
  const { filesPutBytes: max, filesChunkBytes: chunkBytes, filesIdleMs } = service.limits
  const folder = { fd: spot.parent, parts: spot.parts.slice(0, -1) }
  const temp = service.journal.create(folder)
  try {
    const hash = newHash()
    {
      using idle = watchIdle(filesIdleMs, () => res.destroy())
      const onChunk = (bytes: Uint8Array): void => void hash.update(bytes)
      await receive(req, { fd: temp.fd, position: 0, max, chunkBytes, onChunk, moved: idle.touch })
    }
    const digest = hash.digest('base64')
    checkDigest(asked.expected, digest)
    const conditions = conditionsOf(req.headers)
    const landed = await landTemp(spot, temp, { ...asked, check: (now) => checkConditions(conditions, now) })
    return { landed, digest }
  } finally {
    closeSync(temp.fd)
    service.journal.drop(spot.parent, temp)
  }
}
