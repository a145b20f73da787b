/** Owns how long a client waits before it tries again. */
import type { Limits } from '@towline/protocol'

const MOST_DOUBLINGS = 30

/** Milliseconds before attempt `failures` + 1: half of the doubled bound for sure, the rest by chance, so that clients do not come in waves. */
export const retryDelay = (failures: number, limits: Limits, random: () => number): number => {
  const doubled = limits.appClientRetryMinMs * 2 ** Math.min(Math.max(failures - 1, 0), MOST_DOUBLINGS)
  return Math.min(limits.appClientRetryMaxMs, doubled) * (0.5 + random() / 2)
}
