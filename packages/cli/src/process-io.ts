/** Owns the surroundings of the real process: its streams, and signals as one AbortSignal. */
import { isatty } from 'node:tty'
import type { Io } from './io.ts'

/** What shells use for a process ended by SIGINT: 128 + 2. */
export const INTERRUPTED = 130

/** A second signal ends the process at once, for the case that closing hangs. */
export const processIo = (): Io => {
  const ending = new AbortController()
  const end = (): void => {
    if (ending.signal.aborted) process.exit(INTERRUPTED)
    ending.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  // The reader of a pipe went away (`towline events | head`): nobody is left to write for.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? ending.abort() : undefined))
  process.stderr.on('error', () => undefined)
  return {
    env: process.env,
    // Looking at process.stdin opens it, so it waits until someone asks.
    get stdin() {
      return process.stdin
    },
    stdout: process.stdout,
    stderr: process.stderr,
    isTty: { stdin: isatty(0), stdout: isatty(1), stderr: isatty(2) },
    columns: () => process.stdout.columns || 80,
    signal: ending.signal,
  }
}
