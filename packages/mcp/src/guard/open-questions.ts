/** Owns the questions that wait in clients: each is answered once. */
import type { Limits } from '@towline/protocol'

/** What goes through the client and comes back, signed. */
export interface QuestionState {
  readonly id: string
  readonly way: 'form' | 'page'
}

/** How much longer an answer counts than a client has for it: that nobody answered in time is an answer too. */
export const GRACE_SECONDS = 30

interface Open {
  readonly fingerprint: string
  readonly until: number
}

export class OpenQuestions {
  readonly #limits: Pick<Limits, 'questionsOpen' | 'questionSeconds'>
  /** Milliseconds since the epoch. */
  readonly #clock: () => number
  readonly #open = new Map<string, Open>()

  constructor(limits: Pick<Limits, 'questionsOpen' | 'questionSeconds'>, clock: () => number) {
    this.#limits = limits
    this.#clock = clock
  }

  add(id: string, fingerprint: string): void {
    this.#open.set(id, { fingerprint, until: this.#clock() + (this.#limits.questionSeconds + GRACE_SECONDS) * 1000 })
    const [oldest] = this.#open.keys()
    if (this.#open.size > this.#limits.questionsOpen && oldest !== undefined) this.#open.delete(oldest)
  }

  /** Whether it waited, for this very call; whatever the answer, it waits no more. */
  take(id: string, fingerprint: string): boolean {
    const found = this.#open.get(id)
    this.#open.delete(id)
    return found !== undefined && found.fingerprint === fingerprint && found.until > this.#clock()
  }
}
