/** Owns what the model was sent of a loaded thread, each item in its file before it counts. */
import type { History } from '../agent/turn.ts'
import { missingAnswers } from './history.ts'
import type { ResponseItem, RolloutLine } from './rollout-line.ts'

export class ThreadHistory implements History {
  #items: ResponseItem[]
  readonly #record: (...lines: readonly RolloutLine[]) => void

  /** `record` throws what could not be written. */
  constructor(items: readonly ResponseItem[], record: (...lines: readonly RolloutLine[]) => void) {
    this.#items = [...items]
    this.#record = record
  }

  get items(): readonly ResponseItem[] {
    return this.#items
  }

  append(...items: readonly ResponseItem[]): void {
    this.#record(...items.map((payload) => ({ type: 'response_item', payload })))
    this.#items.push(...items)
  }

  replace(items: readonly ResponseItem[], summary: string): void {
    this.#record({ type: 'compacted', payload: { message: summary, replacement_history: items } })
    this.#items = [...items]
  }

  /** Before anything else is said: a model takes no call without an answer. */
  answerWhatWasLeft(): void {
    const missing = missingAnswers(this.#items)
    if (missing.length > 0) this.append(...missing)
  }
}
