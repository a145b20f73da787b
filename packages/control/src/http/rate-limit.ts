/** Owns counting attempts by key in windows of a minute, in memory: a restart forgives, a flood does not grow it. */
import { AppError, type Limits } from '@towline/protocol'

const WINDOW_MS = 60_000

interface Window {
  readonly startedMs: number
  count: number
}

export class RateLimit {
  readonly #windows = new Map<string, Window>()
  readonly #limits: Limits
  /** Milliseconds since the epoch. */
  readonly #clock: () => number

  constructor(limits: Limits, clock: () => number) {
    this.#limits = limits
    this.#clock = clock
  }

  /** Counts an attempt. Throws RATE_LIMITED above `perMinute`. */
  count(key: string, perMinute: number): void {
    const now = this.#clock()
    const known = this.#windows.get(key)
    const window = known && now - known.startedMs < WINDOW_MS ? known : { startedMs: now, count: 0 }
    window.count++
    this.#windows.delete(key)
    this.#windows.set(key, window)
    this.#trim()
    if (window.count <= perMinute) return
    throw new AppError('RATE_LIMITED', { seconds: Math.ceil((window.startedMs + WINDOW_MS - now) / 1000) })
  }

  #trim(): void {
    const [oldest] = this.#windows.keys()
    if (this.#windows.size > this.#limits.rateKeys && oldest !== undefined) this.#windows.delete(oldest)
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
