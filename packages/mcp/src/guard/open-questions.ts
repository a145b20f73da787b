/** Owns the questions that wait in clients: each is answered once. */
import type { Limits } from '@towline/protocol'

/** What goes through the client and comes back, signed. */
export interface QuestionState {
  readonly id: string
  readonly way: 'form' | 'page'
}

type Bounds = Pick<Limits, 'questionsOpen' | 'questionSeconds' | 'questionGraceSeconds'>

/** How long an answer counts: somewhat longer than a client has for it, as that nobody answered in time is an answer too. */
export const answerSeconds = ({ questionSeconds, questionGraceSeconds }: Omit<Bounds, 'questionsOpen'>): number =>
  questionSeconds + questionGraceSeconds

interface Open {
  readonly fingerprint: string
  readonly until: number
}

export class OpenQuestions {
  readonly #limits: Bounds
  /** Milliseconds since the epoch. */
  readonly #clock: () => number
  readonly #open = new Map<string, Open>()

  constructor(limits: Bounds, clock: () => number) {
    this.#limits = limits
    this.#clock = clock
  }

  add(id: string, fingerprint: string): void {
    this.#open.set(id, { fingerprint, until: this.#clock() + answerSeconds(this.#limits) * 1000 })
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
