/** Owns trying a transfer again: at once the first time, then later and later, until nothing moves any more. */
import { AppError, type ErrorCode, type Limits } from '@towline/protocol'

export interface RetryOptions {
  readonly path: string
  readonly limits: Limits
  /** Bytes that are safely there; as long as they grow, it goes on. */
  readonly offset: () => number
  readonly wait: Wait
  readonly signal: AbortSignal | undefined
}

/** Resolves after so many milliseconds. Throws when the signal is aborted. */
export type Wait = (ms: number, signal: AbortSignal | undefined) => Promise<void>

/** Retryable by a person, but not by going on. */
const FINAL: ReadonlySet<ErrorCode> = new Set(['FILE_DIGEST_MISMATCH', 'FILE_NO_SPACE', 'FILE_BUSY'])
const FIRST_MS = 100

/** What `work` answers at last. Throws what cannot be mended, and FILE_TRANSFER_CUT after `filesRetries` tries without a byte. */
export const retrying = async <T>(options: RetryOptions, work: (tries: number) => Promise<T>): Promise<T> => {
  const { path, limits, offset, wait, signal } = options
  let [tries, before] = [0, -1]
  for (;;) {
    try {
      return await work(tries)
    } catch (error) {
      if (signal?.aborted === true || isFinal(error)) throw error
      tries = offset() > before ? 1 : tries + 1
      before = Math.max(before, offset())
      if (tries > limits.filesRetries) {
        throw new AppError('FILE_TRANSFER_CUT', { path, offset: before, tries }, { cause: error })
      }
      if (tries > 1) await wait(Math.min(limits.filesRetryMs, FIRST_MS * 2 ** tries), signal)
    }
  }
}

const isFinal = (error: unknown): boolean => {
  if (error instanceof AppError) return !error.row.retryable || FINAL.has(error.code)
  // A code of the system about a local file, as opposed to one about the connection.
  const { code, syscall, path } = error as NodeJS.ErrnoException
  return syscall !== undefined && (path !== undefined || OF_DISKS.has(code ?? ''))
}

/** Told without a path when an open file is written. */
const OF_DISKS: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EIO'])
