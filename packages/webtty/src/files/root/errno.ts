/** Owns what an error of the system means to who asked: one row each. */
import { AppError, type ErrorCode, type ErrorDetails } from '@towline/protocol'

/** Not permitted looks like outside, so that no answer tells what is where one may not look. */
const MEANING: Readonly<Record<string, readonly [ErrorCode, ErrorDetails?]>> = {
  ENOENT: ['FILE_NOT_FOUND'],
  ESTALE: ['FILE_NOT_FOUND'],
  EACCES: ['FILE_OUTSIDE'],
  EPERM: ['FILE_OUTSIDE'],
  ELOOP: ['FILE_OUTSIDE'],
  EEXIST: ['FILE_EXISTS'],
  EISDIR: ['FILE_IS_FOLDER'],
  ENOTDIR: ['FILE_NOT_FOLDER'],
  ENOTEMPTY: ['FILE_NOT_EMPTY'],
  EXDEV: ['FILE_OTHER_DEVICE'],
  EINVAL: ['FILE_PATH_INVALID', { problem: 'the file system does not take it.' }],
  EILSEQ: ['FILE_PATH_INVALID', { problem: 'the file system does not take it.' }],
  ENAMETOOLONG: ['FILE_PATH_INVALID', { problem: 'it is too long.' }],
  ENXIO: ['FILE_SPECIAL'],
  EBUSY: ['FILE_BUSY'],
  ETXTBSY: ['FILE_BUSY'],
  EROFS: ['FILE_READ_ONLY'],
  ENOSPC: ['FILE_NO_SPACE'],
  EDQUOT: ['FILE_NO_SPACE'],
  EMLINK: ['FILE_NO_SPACE'],
  EFBIG: ['FILE_TOO_LARGE', { limit: 'the file system allows' }],
  EMFILE: ['LIMIT_REACHED', { limit: 'open files', value: 'of this process' }],
  ENFILE: ['LIMIT_REACHED', { limit: 'open files', value: 'of this machine' }],
}

/** The code of a system error, such as `ENOENT`. */
export const errnoOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

/** The error to answer; what has no row stays what it was. */
export const toFileError = (error: unknown): unknown => {
  if (error instanceof AppError) return error
  const row = MEANING[errnoOf(error) ?? '']
  return row === undefined ? error : new AppError(row[0], row[1], { cause: error })
}

/** What `work` answers; undefined when it fails with one of these codes. */
export const unless = <T>(codes: readonly string[], work: () => T): T | undefined => {
  try {
    return work()
  } catch (error) {
    if (codes.includes(errnoOf(error) ?? '')) return undefined
    throw error
  }
}
