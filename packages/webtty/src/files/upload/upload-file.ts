/** Owns the open file of an upload, reached anew for every part: its folder may have moved since. */
import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { AppError } from '@towline/protocol'
import { errnoOf } from '../root/errno.ts'
import { opened } from '../root/open-root.ts'
import { demandFolder } from '../root/spot.ts'
import { isTempName } from '../root/temp.ts'
import { stepTo, type Walk } from '../root/walk.ts'
import type { UploadRecord } from './record.ts'

export interface UploadFile extends Disposable {
  readonly fd: number
  /** Of the folder that holds it. */
  readonly folder: number
  /** Bytes when it was opened. */
  readonly size: number
  /** Bytes taken since. */
  received: number
}

/** Throws UPLOAD_UNKNOWN when the file is gone or is not ours any more. */
export const openTemp = (record: UploadRecord, walk: Walk): UploadFile => {
  const spot = unlessGone(() => walk(record.folder))
  try {
    const folder = unlessGone(() => demandFolder(spot)).fd
    const fd = unlessGone(() => openOurs(folder, record.temp))
    let open = true
    const close = (): void => {
      if (open) closeSync(fd)
      open = false
      spot.close()
    }
    return { fd, folder, size: fstatSync(fd).size, received: 0, [Symbol.dispose]: close }
  } catch (error) {
    spot.close()
    throw error
  }
}

/** A regular file of one name; anything else was put there by someone else. */
const openOurs = (folder: number, name: string): number => {
  if (!isTempName(name)) throw new AppError('UPLOAD_UNKNOWN')
  const step = stepTo(folder, name)
  try {
    if (!step.stat.isFile() || step.stat.nlink !== 1n) throw new AppError('UPLOAD_UNKNOWN')
    return openSync(opened(step.fd), constants.O_RDWR | constants.O_NONBLOCK)
  } finally {
    closeSync(step.fd)
  }
}

const unlessGone = <T>(work: () => T): T => {
  try {
    return work()
  } catch (error) {
    const isGone = errnoOf(error) === 'ENOENT' || (error instanceof AppError && error.code === 'FILE_NOT_FOUND')
    throw isGone ? new AppError('UPLOAD_UNKNOWN', {}, { cause: error }) : error
  }
}
