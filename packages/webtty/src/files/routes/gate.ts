/** Owns how many requests of a kind run at once: the next ones wait in order, and too many are refused. */
import { AppError } from '@towline/protocol'

export interface GateOptions {
  readonly running: number
  readonly waiting: number
  /** Named in the refusal. */
  readonly limit: string
}

export class Gate {
  readonly #options: GateOptions
  readonly #waiting = new Set<() => void>()
  #running = 0

  constructor(options: GateOptions) {
    this.#options = options
  }

  /** Resolves when it is one's turn, with what to call at the end. Throws LIMIT_REACHED, or what the signal was aborted with. */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    const { running, waiting, limit } = this.#options
    if (this.#running >= running && this.#waiting.size >= waiting)
      throw new AppError('LIMIT_REACHED', { limit, value: waiting })
    if (this.#running >= running) await this.#turn(signal)
    else this.#running++
    let left = false
    return () => {
      if (!left) this.#leave()
      left = true
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', stop)
        resolve()
      }
      const stop = (): void => {
        this.#waiting.delete(go)
        reject(signal.reason as Error)
      }
      this.#waiting.add(go)
      signal.addEventListener('abort', stop, { once: true })
    })
  }

  /** The place goes to who waits longest. */
  #leave(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#running--
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
