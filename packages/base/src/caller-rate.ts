/** Owns how often an API answers: by who calls, and by address for who shows nothing that is good. */
import { AppError, type Limits } from '@towline/protocol'
import { type Rate, RateLimit, rateKey } from './rate-limit.ts'

interface Known {
  readonly credentialId: string
}

/** Two maps, so that a flood of strangers makes nobody's count forgotten. */
export class CallerRate {
  readonly #known: RateLimit
  readonly #strangers: RateLimit
  readonly #ofKnown: Rate
  readonly #ofStranger: Rate

  /** `clock` answers milliseconds since the epoch. */
  constructor(limits: Limits, clock: () => number) {
    this.#known = new RateLimit(limits, clock)
    this.#strangers = new RateLimit(limits, clock)
    this.#ofKnown = { perSecond: limits.apiRequestsPerSecond, burst: limits.apiRequestsBurst }
    this.#ofStranger = { perSecond: limits.anonymousRequestsPerSecond, burst: limits.anonymousRequestsBurst }
  }

  /** Counts a call. Throws RATE_LIMITED. */
  known(id: string, cost = 1): void {
    this.#known.take(id, this.#ofKnown, cost)
  }

  /** Counts a call of nobody. Throws RATE_LIMITED. */
  stranger(address: string, cost = 1): void {
    this.#strangers.take(rateKey(address), this.#ofStranger, cost)
  }

  /** Who `identify` finds, counted. What it refuses is counted by address. Throws what it throws, or RATE_LIMITED. */
  async identified<T extends Known>(address: string, identify: () => Promise<T>, cost = 1): Promise<T> {
    const found = await identify().catch((error: unknown) => {
      if (error instanceof AppError && error.row.http < 500) this.stranger(address, cost)
      throw error
    })
    this.known(found.credentialId, cost)
    return found
  }
}
