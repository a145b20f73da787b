/** Owns ids that sort by age: time, then order of arrival in this process. */
import { randomText } from '@towline/base'

let sequence = 0

/** Such as `aud_…`; `ms` since the epoch. */
export const timeId = (prefix: 'aud' | 'log', ms: number): string => {
  sequence = (sequence + 1) % 36 ** 6
  return `${startOf(prefix, ms)}${sequence.toString(36).padStart(6, '0')}${randomText(4)}`
}

/** Sorts before every id of that time or later, and after every earlier one. */
export const startOf = (prefix: 'aud' | 'log', ms: number): string =>
  `${prefix}_${Math.floor(Math.max(0, ms)).toString(36).padStart(9, '0')}`
