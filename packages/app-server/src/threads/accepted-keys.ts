/** Owns what a person accepted for the session of a thread: in its lines, so that it holds wherever the thread is taken up. */
import type { Accepted } from '../agent/turn.ts'
import type { RolloutLine } from './rollout-line.ts'

export class AcceptedKeys implements Accepted {
  readonly #keys: Set<string>
  readonly #record: (line: RolloutLine) => void

  /** `record` throws what could not be written: the turn that asked fails by that, not the answer. */
  constructor(keys: Iterable<string>, record: (line: RolloutLine) => void) {
    this.#keys = new Set(keys)
    this.#record = record
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  add(key: string): void {
    if (this.#keys.has(key)) return
    this.#keys.add(key)
    try {
      this.#record({ type: 'towline_accepted', payload: { key } })
    } catch {
      // The writer keeps it for the end of the turn.
    }
  }
}
