/** Owns how long to wait before trying again: exponential with full jitter. */
import type { Limits } from '@towline/protocol'

/** Milliseconds before attempt `failures` + 1; anywhere between 0 and the doubled bound, so that clients do not come in waves. */
export const retryDelayMs = (failures: number, limits: Limits, random: () => number = Math.random): number =>
  random() * Math.min(limits.linkRetryMaxMs, limits.linkRetryMinMs * 2 ** Math.min(Math.max(failures - 1, 0), 30))
