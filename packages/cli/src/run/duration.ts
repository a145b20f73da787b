/** Owns reading durations such as `500ms`, `300s`, `15m`, `12h` and `7d`. */
import { AppError } from '@towline/protocol'

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Seconds; a bare number is seconds. Throws OPTION_INVALID. */
export const parseDuration = (text: string, option: string): number => {
  const seconds = secondsIn(text)
  if (seconds !== undefined) return seconds
  throw new AppError('OPTION_INVALID', { option, value: text, problem: 'write a number and s, m, h or d, such as 15m' })
}

/** Milliseconds, which may be written as such; a bare number is seconds. Throws OPTION_INVALID. */
export const parseMillis = (text: string, option: string): number => {
  const [, digits] = /^(\d{1,9})ms$/.exec(text) ?? []
  const ms = digits === undefined ? (secondsIn(text) ?? 0) * 1000 : Number(digits)
  if (ms > 0) return ms
  const problem = 'write a number and ms, s, m, h or d, such as 500ms or 15m'
  throw new AppError('OPTION_INVALID', { option, value: text, problem })
}

const secondsIn = (text: string): number | undefined => {
  const [, digits, unit] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? []
  return Number(digits) * (SECONDS[unit || 's'] as number) || undefined
}
