/** Owns the one coarse timer behind every timeout of the HTTP edge: no request arms a timer of its own. */

/** Something that checks its own deadlines. */
export interface Swept {
  /** `now` in milliseconds of the edge's clock. */
  sweep(now: number): void
  /** Drops it at once. */
  abort(): void
}

/** Asks everything that is open, now and then. */
export class Sweeper {
  /** The time at the last sweep, for deadlines that may be late by one interval. */
  now: number
  readonly #open = new Set<Swept>()
  readonly #clock: () => number
  readonly #timer: NodeJS.Timeout

  constructor(clock: () => number, everyMs: number) {
    this.#clock = clock
    this.now = clock()
    this.#timer = setInterval(() => this.sweep(), everyMs)
    this.#timer.unref()
  }

  get size(): number {
    return this.#open.size
  }

  add(swept: Swept): void {
    this.#open.add(swept)
  }

  remove(swept: Swept): void {
    this.#open.delete(swept)
  }

  sweep(): void {
    this.now = this.#clock()
    for (const swept of this.#open) swept.sweep(this.now)
  }

  /** Stops the timer and drops everything. */
  close(): void {
    clearInterval(this.#timer)
    for (const swept of this.#open) swept.abort()
  }
}
