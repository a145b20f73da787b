/** Owns what the store told last, so that it holds while the store is away. */
import type { Log } from '@towline/base'
import { AppError } from '@towline/protocol'

export interface RememberedOptions {
  /** Answers that are kept; the oldest is forgotten. */
  readonly most: number
  readonly log: Pick<Log, 'error'>
}

/** Keeps only answers that say something: undefined is what is not known, too. */
export class Remembered<T> {
  readonly #known = new Map<string, T>()
  readonly #options: RememberedOptions

  constructor(options: RememberedOptions) {
    this.#options = options
  }

  /** What `read` answers, or answered last when it fails. Throws the AppErrors of `read`. */
  async ask(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    try {
      const answer = await read()
      this.#keep(key, answer)
      return answer
    } catch (error) {
      if (error instanceof AppError && error.code !== 'AUTHORITY_UNAVAILABLE') throw error
      this.#options.log.error({ err: error }, 'the store failed')
      return this.#known.get(key)
    }
  }

  #keep(key: string, answer: T | undefined): void {
    this.#known.delete(key)
    if (answer !== undefined) this.#known.set(key, answer)
    const [oldest] = this.#known.keys()
    if (this.#known.size > this.#options.most && oldest !== undefined) this.#known.delete(oldest)
  }
}
