/** Owns the questions of a client about the services of a machine: numbered, and answered in any order (docs/protocol/webtty.md §10). */
import {
  AppError,
  EXPOSE_FEATURE,
  type Exposure,
  type MachineAnswer,
  type MachineAsk,
  type MachineQuestion,
  type ServiceAnswer,
  WEBTTY_CLOSE,
} from '@towline/protocol'
import { CloseError } from '../wire/inbox.ts'

/** What a machine answered, put together. */
export interface MachineReply {
  readonly exposures: readonly Exposure[]
  readonly probe?: ServiceAnswer
}

interface Waiting {
  readonly exposures: Exposure[]
  done(reply: MachineReply): void
  fail(error: AppError): void
}

/** More than a host can have, of all it may show. */
const MOST_EXPOSURES = 1_000

/** Asks, and hands each answer to who asked. */
export class MachineQuestions {
  readonly #send: (ask: MachineAsk) => void
  readonly #waiting = new Map<number, Waiting>()
  #last = 0

  constructor(send: (ask: MachineAsk) => void) {
    this.#send = send
  }

  /** Rejects with EXPOSE_UNSUPPORTED, with nothing sent, when the host does not know such questions; else with its refusal. */
  ask(question: MachineQuestion, features: readonly string[]): Promise<MachineReply> {
    if (!features.includes(EXPOSE_FEATURE)) return Promise.reject(new AppError('EXPOSE_UNSUPPORTED'))
    const ask = ++this.#last
    return new Promise((done, fail) => {
      this.#waiting.set(ask, { exposures: [], done, fail })
      this.#send({ ...question, ask })
    })
  }

  /** Throws {@link CloseError} for a list without an end; an answer to no question means nothing. */
  answered({ ask, last, exposures = [], probe, error }: MachineAnswer): void {
    const waiting = this.#waiting.get(ask)
    if (!waiting) return
    waiting.exposures.push(...exposures)
    if (waiting.exposures.length > MOST_EXPOSURES)
      throw new CloseError(WEBTTY_CLOSE.protocol, 'exposures without an end')
    if (!last) return
    this.#waiting.delete(ask)
    if (error) waiting.fail(AppError.from(error))
    else waiting.done({ exposures: waiting.exposures, ...(probe && { probe }) })
  }

  /** The connection is over. */
  fail(error: AppError): void {
    for (const waiting of this.#waiting.values()) waiting.fail(error)
    this.#waiting.clear()
  }
}
