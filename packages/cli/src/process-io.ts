/** Owns the surroundings of the real process: its streams, and signals as one AbortSignal. */
import { closeSync } from 'node:fs'
import { isatty } from 'node:tty'
import type { Io } from './io.ts'

/** What shells use for a process ended by SIGINT: 128 + 2. */
export const INTERRUPTED = 130

/** Node never closes descriptor 1 by itself, so a reader such as ssh would wait for the process to end. */
const closeStdout = (): void => {
  if (!isatty(1)) process.stdout.end(() => closeSync(1))
}

/** A second signal ends the process at once, for the case that closing hangs. */
export const processIo = (): Io => {
  const ending = new AbortController()
  const end = (): void => {
    if (ending.signal.aborted) process.exit(INTERRUPTED)
    ending.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  // The reader of a pipe went away (`towline events | head`), or the disk is full: nobody is left to write for.
  process.stdout.on('error', () => ending.abort())
  process.stderr.on('error', () => undefined)
  return {
    env: process.env,
    // Looking at process.stdin opens it, so it waits until someone asks.
    get stdin() {
      return process.stdin
    },
    stdout: process.stdout,
    stderr: process.stderr,
    endStdout: closeStdout,
    isTty: { stdin: isatty(0), stdout: isatty(1), stderr: isatty(2) },
    columns: () => process.stdout.columns || 80,
    signal: ending.signal,
  }
}
