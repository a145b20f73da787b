/** Owns what an error of the system means to who asked: one row each. */
import { AppError } from '@towline/protocol'

/** Not permitted looks like outside, so that no answer tells what is where one may not look. */
const MEANING: Readonly<Record<string, (cause: ErrorOptions) => AppError>> = {
  ENOENT: (cause) => new AppError('FILE_NOT_FOUND', {}, cause),
  ESTALE: (cause) => new AppError('FILE_NOT_FOUND', {}, cause),
  EACCES: (cause) => new AppError('FILE_OUTSIDE', {}, cause),
  EPERM: (cause) => new AppError('FILE_OUTSIDE', {}, cause),
  ELOOP: (cause) => new AppError('FILE_OUTSIDE', {}, cause),
  EEXIST: (cause) => new AppError('FILE_EXISTS', {}, cause),
  EISDIR: (cause) => new AppError('FILE_IS_FOLDER', {}, cause),
  ENOTDIR: (cause) => new AppError('FILE_NOT_FOLDER', {}, cause),
  ENOTEMPTY: (cause) => new AppError('FILE_NOT_EMPTY', {}, cause),
  EXDEV: (cause) => new AppError('FILE_OTHER_DEVICE', {}, cause),
  EINVAL: (cause) => new AppError('FILE_PATH_INVALID', { problem: 'the file system does not take it.' }, cause),
  EILSEQ: (cause) => new AppError('FILE_PATH_INVALID', { problem: 'the file system does not take it.' }, cause),
  ENAMETOOLONG: (cause) => new AppError('FILE_PATH_INVALID', { problem: 'it is too long.' }, cause),
  ENXIO: (cause) => new AppError('FILE_SPECIAL', {}, cause),
  EBUSY: (cause) => new AppError('FILE_BUSY', {}, cause),
  ETXTBSY: (cause) => new AppError('FILE_BUSY', {}, cause),
  EROFS: (cause) => new AppError('FILE_READ_ONLY', {}, cause),
  ENOSPC: (cause) => new AppError('FILE_NO_SPACE', {}, cause),
  EDQUOT: (cause) => new AppError('FILE_NO_SPACE', {}, cause),
  EMLINK: (cause) => new AppError('FILE_NO_SPACE', {}, cause),
  EFBIG: (cause) => new AppError('FILE_TOO_LARGE', { limit: 'the file system allows' }, cause),
  EMFILE: (cause) => new AppError('LIMIT_REACHED', { limit: 'open files', value: 'of this process' }, cause),
  ENFILE: (cause) => new AppError('LIMIT_REACHED', { limit: 'open files', value: 'of this machine' }, cause),
}

/** The code of a system error, such as `ENOENT`. */
export const errnoOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

/** The error to answer; what has no row stays what it was. */
export const toFileError = (error: unknown): unknown => {
  if (error instanceof AppError) return error
  return MEANING[errnoOf(error) ?? '']?.({ cause: error }) ?? error
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
