/** Owns the exit statuses by which a command elsewhere is told here: its own, or what ssh, timeout and shells use. */
import { constants } from 'node:os'
import { AppError, type Exit } from '@towline/protocol'
import { UNSTARTED } from '@towline/webtty'
import { ExitStatus } from '../report.ts'

/** ssh's: the connection, not the command. */
export const NOT_THE_COMMAND = 255
/** timeout(1)'s. */
const TIMED_OUT = 124
/** The shell's: found, but not to be run. */
const NOT_STARTED = 126
const NOT_FOUND = 127

/** Throws unless the command ended with 0. */
export const endWith = ({ timedOut, signal, exitCode }: Pick<Exit, 'timedOut' | 'signal' | 'exitCode'>): void => {
  if (timedOut) throw new ExitStatus(TIMED_OUT)
  if (signal !== null) throw new ExitStatus(128 + (constants.signals[signal as NodeJS.Signals] ?? 0))
  if (exitCode !== 0) throw new ExitStatus(exitCode ?? NOT_THE_COMMAND)
}

/** Of a command that never started, by why. */
export const startStatus = (code: string | undefined): number => (code === 'COMMAND_UNKNOWN' ? NOT_FOUND : NOT_STARTED)

/** Of an error that came in the place of a command's end. */
export const errorStatus = (error: unknown): number =>
  error instanceof AppError && UNSTARTED.has(error.code) ? startStatus(error.code) : NOT_THE_COMMAND
