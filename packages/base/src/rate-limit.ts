/**
 * Owns how often something may happen, by key: token buckets, so that a burst is let through and the long run is bounded.
 * A bucket is one number, the time at which it is full (the virtual scheduling of ITU-T I.371). In memory: a restart
 * forgives, a flood does not grow it.
 */
import { AppError, type Limits } from '@towline/protocol'

/** How often. */
export interface Rate {
  /** In the long run. */
  readonly perSecond: number
  /** At once, after a rest; also the most that one attempt can cost. */
  readonly burst: number
}

/** Times of today hold no finer parts of a millisecond than a four-thousandth, and sums of many lose more. */
const TOLERANCE_MS = 0.1

export class RateLimit {
  /** When each bucket is full again, in milliseconds since the epoch; in the order they were asked for last. */
  readonly #fullAt = new Map<string, number>()
  readonly #limits: Pick<Limits, 'rateKeys'>
  /** Milliseconds since the epoch. */
  readonly #clock: () => number

  constructor(limits: Pick<Limits, 'rateKeys'>, clock: () => number) {
    this.#limits = limits
    this.#clock = clock
  }

  /** Keys that are counted now. */
  get size(): number {
    return this.#fullAt.size
  }

  /** Counts an attempt. Throws RATE_LIMITED above `perMinute`. */
  count(key: string, perMinute: number): void {
    this.take(key, { perSecond: perMinute / 60, burst: perMinute })
  }

  /** Counts an attempt that weighs as much as `cost` plain ones. Throws RATE_LIMITED with the `seconds` until it would pass. */
  take(key: string, { perSecond, burst }: Rate, cost = 1): void {
    const now = this.#clock()
    const fillMs = (tokens: number): number => (tokens * 1000) / perSecond
    // Empty is the least a bucket can be, also for a clock that was set back.
    const before = Math.min(Math.max(this.#fullAt.get(key) ?? now, now), now + fillMs(burst))
    const after = before + fillMs(Math.min(cost, burst))
    const earlyMs = after - now - fillMs(burst)
    const passes = earlyMs <= TOLERANCE_MS
    this.#keep(key, passes ? after : before)
    if (!passes) throw new AppError('RATE_LIMITED', { seconds: Math.max(1, Math.ceil(earlyMs / 1000)) })
  }

  /** The key that was asked for longest ago is the likeliest to be full, and a full bucket is as good as none. */
  #keep(key: string, fullAt: number): void {
    this.#fullAt.delete(key)
    this.#fullAt.set(key, fullAt)
    const [oldest] = this.#fullAt.keys()
    if (this.#fullAt.size > this.#limits.rateKeys && oldest !== undefined) this.#fullAt.delete(oldest)
  }
}

/** What an address counts as: a person has a whole IPv6 /64, so its addresses count as one. */
export const rateKey = (address: string): string => {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':').filter(Boolean)
  const rest = tail === undefined ? [] : tail.split(':').filter(Boolean)
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0')
  return `${[...groups, ...zeros, ...rest].slice(0, 4).join(':')}::/64`
}
