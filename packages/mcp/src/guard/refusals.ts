/** Owns remembering what a person refused, so that nobody is worn down by being asked again and again. */
import type { Limits } from '@towline/protocol'

export interface Refusals {
  /** The call was refused a while ago. */
  has(fingerprint: string): boolean
  add(fingerprint: string): void
}

/** `clock`: milliseconds since the epoch. */
export const openRefusals = (
  { refusedCalls, refusedSeconds }: Pick<Limits, 'refusedCalls' | 'refusedSeconds'>,
  clock: () => number,
): Refusals => {
  const until = new Map<string, number>()
  return {
    has: (fingerprint) => (until.get(fingerprint) ?? 0) > clock(),
    add: (fingerprint) => {
      until.delete(fingerprint)
      until.set(fingerprint, clock() + refusedSeconds * 1000)
      const [oldest] = until.keys()
      if (until.size > refusedCalls && oldest !== undefined) until.delete(oldest)
    },
  }
}
