/** Owns finding out whether all output was written. */
import { AppError } from '@towline/protocol'
import type { Io } from '../io.ts'

/**
 * Listens from now on. What it answers waits for what was written until then, and tells why it could not be: OUTPUT_FAILED.
 * A reader that has gone, as in `| head`, has what it wanted.
 */
export const lostOutput = ({ stdout }: Io): (() => Promise<AppError | undefined>) => {
  let lost: NodeJS.ErrnoException | undefined
  // Kept here, as the streams of the process forget it.
  stdout.on('error', (error) => {
    lost ??= error
  })
  return async () => {
    if (!stdout.writableEnded) await new Promise((done) => stdout.write('', done))
    // The event comes after the callback.
    await new Promise(setImmediate)
    if (!lost || lost.code === 'EPIPE') return undefined
    return new AppError('OUTPUT_FAILED', { problem: lost.message }, { cause: lost })
  }
}
