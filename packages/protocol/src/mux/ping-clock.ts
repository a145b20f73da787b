/** Owns what the pings of a link tell: the shortest way there and back, and how long the same way takes now. */

/** A heartbeat feeds the windows; a probe in between, sent because the link is busy, does not. */
export type PingKind = 'beat' | 'probe'

/** At most one ping is under way. Times are of `now`, in ms. */
export class PingClock {
  readonly #now: () => number
  #askedAt = 0
  #kind: PingKind = 'beat'
  #lastMs = 0
  #answeredAt = 0
  #shortestMs = 0
  #answers = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** When the ping was sent that was answered last: the peer has read what was sent before. 0 before the first. */
  get answeredAt(): number {
    return this.#answeredAt
  }

  /** How many pings were answered. */
  get answers(): number {
    return this.#answers
  }

  /** The shortest round trip of this link ever; 0 before the first. */
  get shortestMs(): number {
    return this.#shortestMs
  }

  /** The last round trip, or the age of the ping that is under way when that is more. */
  get delayMs(): number {
    return Math.max(this.#lastMs, this.#askedAt > 0 ? this.#now() - this.#askedAt : 0)
  }

  /** Answers 0 when a ping may be sent, which then counts as sent; else when the one under way was. */
  ask(kind: PingKind): number {
    if (this.#askedAt > 0) {
      if (kind === 'beat') this.#kind = kind
      return this.#askedAt
    }
    this.#askedAt = this.#now()
    this.#kind = kind
    return 0
  }

  /** The peer answered; false when nobody had asked, which means nothing. */
  answered(sample: (ms: number) => void): boolean {
    if (this.#askedAt === 0) return false
    const ms = Math.max(this.#now() - this.#askedAt, 0.01)
    if (this.#kind === 'beat') sample(ms)
    this.#lastMs = ms
    this.#answers++
    this.#shortestMs = this.#shortestMs === 0 ? ms : Math.min(this.#shortestMs, ms)
    this.#answeredAt = this.#askedAt
    this.#askedAt = 0
    return true
  }
}
