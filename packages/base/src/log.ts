/** Owns the log: JSON lines on stderr through pino, with secrets redacted. */
import { pino, type Logger } from 'pino'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** The log of a room; `child` adds fields. */
export type Log = Logger

export interface LogOptions {
  readonly level: LogLevel
  /** Where lines go; stderr when absent. Never stdout: that belongs to command output. */
  readonly stream?: { write(line: string): void }
}

/** Keys whose values never appear, at the top and one level down. */
const SECRETS = ['token', 'authorization', 'cookie', 'secret', 'password', 'credential']

/** Opens the log. Writes are synchronous, so nothing is lost when the process dies. */
export const createLog = ({ level, stream }: LogOptions): Log =>
  pino(
    {
      level,
      base: null,
      timestamp: () => `,"at":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: [...SECRETS, ...SECRETS.map((key) => `*.${key}`)], censor: '***' },
    },
    stream ?? { write: (line: string) => process.stderr.write(line) },
  )

/** A log that drops everything. */
export const silentLog = (): Log => createLog({ level: 'silent' })
