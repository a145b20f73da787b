/** Owns what a client has heard of one thread, so that nothing is told twice, and nothing in the wrong order after a break. */
import { LIMITS, type Limits } from '@towline/protocol'
import type { AppNotification } from './app-messages.ts'

/** Grows what was there before; told again, it would stand there twice. */
const GROWS = /[dD]elta$/

export class WatchedThread {
  /** Of the last that was passed on; undefined while none had one. */
  seq: number | undefined
  #held: AppNotification[] | undefined
  #overflowed = false
  readonly #pass: (told: AppNotification) => void
  readonly #limits: Limits

  constructor(pass: (told: AppNotification) => void, limits: Limits = LIMITS) {
    this.#pass = pass
    this.#limits = limits
  }

  hear(told: AppNotification): void {
    if (!this.#held) return this.#tell(told)
    if (this.#held.length < this.#limits.appClientHeld) this.#held.push(told)
    else this.#overflowed = true
  }

  /** From now on, what comes waits for what was missed. */
  hold(): void {
    this.#held = []
    this.#overflowed = false
  }

  /** More came than could wait. */
  get overflowed(): boolean {
    return this.#overflowed
  }

  /** What was missed is among what came, after some of what happened since. */
  replayed(): void {
    this.#release(() => true)
  }

  /** The thread was read anew: what came before that is in it, or said whole when it ends. A server that started anew counts anew. */
  reread(): void {
    this.seq = undefined
    this.#release(({ method }) => !GROWS.test(method))
  }

  #release(fits: (told: AppNotification) => boolean): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const told of held.filter(fits).toSorted(bySeq)) this.#tell(told)
  }

  #tell(told: AppNotification): void {
    if (told.seq !== undefined) {
      if (this.seq !== undefined && told.seq <= this.seq) return
      this.seq = told.seq
    }
    this.#pass(told)
  }
}

/** What is told again may come after what is told live. Servers that number number all. */
const bySeq = (one: AppNotification, other: AppNotification): number => (one.seq ?? 0) - (other.seq ?? 0)
