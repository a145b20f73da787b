/** Owns holding a secret so that it cannot be printed by accident. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

const SHOWN = '***'

/** Prints `***` in templates, JSON, logs and inspections; only `reveal` answers what it holds. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The secret itself: for hashing, comparing and sending, never for printing. */
  reveal(): string {
    return this.#value
  }

  /** Whether it is `text`, in a time that tells nothing of it. */
  is(text: string): boolean {
    return timingSafeEqual(digest(text), digest(this.#value))
  }

  toString(): string {
    return SHOWN
  }

  toJSON(): string {
    return SHOWN
  }

  [inspect.custom](): string {
    return SHOWN
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
