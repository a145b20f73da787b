/** Owns reading durations such as `300s`, `15m`, `12h` and `7d`. */
import { AppError } from '@towline/protocol'

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Seconds; a bare number is seconds. Throws OPTION_INVALID. */
export const parseDuration = (text: string, option: string): number => {
  const [, digits, unit = 's'] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? []
  const seconds = Number(digits) * (SECONDS[unit || 's'] ?? 1)
  if (digits !== undefined && seconds > 0) return seconds
  throw new AppError('OPTION_INVALID', { option, value: text, problem: 'write a number and s, m, h or d, such as 15m' })
}
