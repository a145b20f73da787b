/** Owns writing the lines of one turn after another: once one could not be written nothing more of that turn is. */
import { AppError } from '@towline/protocol'
import type { RolloutLine } from './rollout-line.ts'
import type { ThreadLog } from './thread-log.ts'

export class TurnWriter {
  readonly #log: ThreadLog
  readonly #told: (error: unknown) => AppError
  #failure: AppError | undefined

  /** `told` is the error of people for any. */
  constructor(log: ThreadLog, told: (error: unknown) => AppError) {
    this.#log = log
    this.#told = told
  }

  get failure(): AppError | undefined {
    return this.#failure
  }

  /** For a further turn. */
  reset(): void {
    this.#failure = undefined
  }

  /** Writes no more. */
  stop(): void {
    this.#failure ??= new AppError('SHUTTING_DOWN')
  }

  /** Throws THREAD_UNWRITABLE and THREAD_TAKEN. */
  write(...lines: readonly RolloutLine[]): void {
    if (this.#failure) throw this.#failure
    try {
      this.#log.append(...lines)
    } catch (error) {
      this.#failure = this.#told(error)
      throw this.#failure
    }
  }
}
