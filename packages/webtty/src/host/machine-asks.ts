/** Owns the questions of a peer about the services of this machine: each is answered once, and few are open (docs/protocol/webtty.md §10). */
import { AppError, type Exposure, LIMITS, type MachineAnswer, type MachineAsk } from '@towline/protocol'
import type { Party } from '../session/rights.ts'
import type { Exposer } from './exposer.ts'

export interface MachineAsksOptions {
  /** Absent where nothing is ever exposed. */
  readonly exposer: Exposer | undefined
  readonly by: Party | undefined
  /** Throws AppError for what this peer may not do. */
  readonly permit: (request: MachineAsk) => void
  readonly send: (answer: MachineAnswer) => void
  /** What a peer is told of an error. */
  readonly told: (error: unknown) => AppError
}

/** Answers questions until it is closed; what was under way then goes on, and nobody is told. */
export class MachineAsks {
  readonly #options: MachineAsksOptions
  #open = 0
  #closed = false

  constructor(options: MachineAsksOptions) {
    this.#options = options
  }

  receive(request: MachineAsk): void {
    const { ask } = request
    if (this.#open >= LIMITS.webttyAsks) {
      const full = new AppError('LIMIT_REACHED', { limit: 'webttyAsks', value: LIMITS.webttyAsks })
      return this.#send([{ ask, last: true, error: full.toJSON() }])
    }
    this.#open++
    void this.#answers(request).then((answers) => {
      this.#open--
      this.#send(answers)
    })
  }

  close(): void {
    this.#closed = true
  }

  #send(answers: readonly MachineAnswer[]): void {
    if (!this.#closed) for (const answer of answers) this.#options.send(answer)
  }

  async #answers(request: MachineAsk): Promise<readonly MachineAnswer[]> {
    const { ask } = request
    try {
      const { exposer, by, permit } = this.#options
      permit(request)
      if (!exposer) throw new AppError('EXPOSE_UNSUPPORTED')
      if (request.use === 'probe') return [{ ask, last: true, probe: await exposer.probe(request.probe) }]
      if (request.use === 'expose') return pages(ask, [await exposer.expose(request.expose, by)])
      return pages(ask, request.use === 'exposed' ? exposer.list(by) : [exposer.stop(request.id, by)])
    } catch (error) {
      return [{ ask, last: true, error: this.#options.told(error).toJSON() }]
    }
  }
}

/** Labels may be long, and a frame is bounded. */
const PAGE_ITEMS = 8

/** At least one, the last of which says so. */
const pages = (ask: number, exposures: readonly Exposure[]): readonly MachineAnswer[] => {
  const answers: MachineAnswer[] = []
  for (let at = 0; at < exposures.length || at === 0; at += PAGE_ITEMS) {
    const last = at + PAGE_ITEMS >= exposures.length
    answers.push({ ask, last, exposures: exposures.slice(at, at + PAGE_ITEMS) })
  }
  return answers
}
