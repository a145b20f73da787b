/** Owns telling listeners and loops what happens: nothing is kept for nobody, and a slow loop loses the oldest. */

/** Something to listen to, by callback or by `for await`. */
export interface Feed<T> {
  /** Answers an unsubscribe. */
  on(listener: (value: T) => void): () => void
  /** Ends when the feed does or `signal` is aborted. */
  values(signal?: AbortSignal): AsyncIterableIterator<T>
}

/** The side that tells. */
export class Source<T> implements Feed<T> {
  readonly #listeners = new Set<Listener<T>>()
  readonly #keep: number
  readonly #first: () => readonly T[]
  #ended = false

  /** `keep` values wait for a slow loop; `first` is what every new loop hears first. */
  constructor(keep: number, first: () => readonly T[] = () => []) {
    this.#keep = keep
    this.#first = first
  }

  tell(value: T): void {
    if (!this.#ended) for (const { tell } of [...this.#listeners]) tell(value)
  }

  end(): void {
    this.#ended = true
    for (const { end } of [...this.#listeners]) end()
    this.#listeners.clear()
  }

  on(listener: (value: T) => void): () => void {
    const entry = { tell: listener, end() {} }
    if (!this.#ended) this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  async *values(signal?: AbortSignal): AsyncIterableIterator<T> {
    const waiting: T[] = [...this.#first()]
    let wake = (): void => {}
    let over = this.#ended
    const entry: Listener<T> = {
      tell: (value) => {
        waiting.push(value)
        if (waiting.length > this.#keep) waiting.shift()
        wake()
      },
      end: () => {
        over = true
        wake()
      },
    }
    if (!over) this.#listeners.add(entry)
    signal?.addEventListener('abort', entry.end, { once: true })
    try {
      while (!signal?.aborted) {
        while (waiting.length > 0 && !signal?.aborted) yield waiting.shift() as T
        if (over) return
        await new Promise<void>((done) => {
          wake = done
          if (waiting.length > 0 || over) done()
        })
      }
    } finally {
      this.#listeners.delete(entry)
      signal?.removeEventListener('abort', entry.end)
    }
  }
}

interface Listener<T> {
  readonly tell: (value: T) => void
  readonly end: () => void
}
