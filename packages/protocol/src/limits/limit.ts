/** Owns what a bound is. */

export const KiB = 1024
export const MiB = 1024 * KiB

/** One bound: its value, unit, and the stated behaviour when it is reached. */
export interface Limit {
  readonly value: number
  readonly unit: 'bytes' | 'count' | 'ms' | 's' | 'chars'
  readonly at: string
}

/** A row of the table. */
export const limit = (value: number, unit: Limit['unit'], at: string): Limit => ({ value, unit, at })
