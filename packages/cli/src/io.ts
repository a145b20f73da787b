/** Owns what a command may touch of its process: streams, environment, terminal and the wish to end. */
import type { Readable, Writable } from 'node:stream'
import type { Env } from '@towline/operations'

/** The surroundings of one run; tests hand in their own. */
export interface Io {
  readonly env: Env
  readonly stdin: Readable
  /** Only command output and protocol bytes. */
  readonly stdout: Writable
  /** Ends standard output for whoever reads it; nothing may be written after. */
  endStdout(): void
  /** Errors, warnings, logs. */
  readonly stderr: Writable
  readonly isTty: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean }
  /** Columns of the terminal; 80 when there is none. */
  columns(): number
  /** Aborted when the user or system asks the process to end. */
  readonly signal: AbortSignal
}

/** Writes a line of command output. */
export const line = (io: Io, text: string): void => {
  io.stdout.write(`${text}\n`)
}

/** Writes a line for people beside the output: notes and warnings. */
export const note = (io: Io, text: string): void => {
  io.stderr.write(`${text}\n`)
}
