/** Owns taking the bytes of one part of an upload into its file. */
import { ftruncateSync } from 'node:fs'
import type { Hash } from 'node:crypto'
import { AppError, type Limits } from '@towline/protocol'
import { newHash } from '../routes/digest.ts'
import { watchIdle } from '../routes/idle.ts'
import { receive } from '../routes/receive.ts'
import type { UploadRecord } from './record.ts'
import type { UploadFile } from './upload-file.ts'
import type { UploadPart } from './uploads.ts'

interface PartOptions {
  readonly record: UploadRecord
  readonly limits: Limits
  /** Hash of all before, when it is known. */
  readonly running: { readonly hash: Hash; at: number } | undefined
}

/** What was cut off stays, for the next part to go on from; with a checksum only a whole part does (tus, checksum). */
export const receivePart = async (
  file: UploadFile,
  part: UploadPart,
  { record, limits, running }: PartOptions,
): Promise<void> => {
  const checksum = part.checksum === undefined ? undefined : newHash()
  const onChunk = (bytes: Uint8Array): void => {
    running?.hash.update(bytes)
    if (running !== undefined) running.at += bytes.length
    checksum?.update(bytes)
  }
  try {
    using idle = watchIdle(limits.filesIdleMs, () => part.body.destroy())
    const where = { fd: file.fd, position: part.offset, max: record.length - part.offset }
    file.received = await receive(part.body, {
      ...where,
      chunkBytes: limits.filesChunkBytes,
      onChunk,
      moved: idle.touch,
    })
  } catch (error) {
    if (checksum !== undefined) ftruncateSync(file.fd, part.offset)
    throw error instanceof AppError && error.code === 'FILE_TOO_LARGE' ? new AppError('FILE_LENGTH_MISMATCH') : error
  }
  if (checksum === undefined || checksum.digest('base64') === part.checksum) return
  ftruncateSync(file.fd, part.offset)
  throw new AppError('FILE_CHECKSUM_MISMATCH')
}
