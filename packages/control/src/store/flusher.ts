/** Owns when what waits in memory is written: a while after it came, one write at a time, and for the last time at the end. */
export class Flusher {
  readonly #afterMs: number
  readonly #write: () => Promise<void>
  #closed = false
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()

  /** `write` never rejects. */
  constructor(afterMs: number, write: () => Promise<void>) {
    this.#afterMs = afterMs
    this.#write = write
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Something waits; after the end nothing is armed. */
  arm(): void {
    if (!this.#closed) this.#timer ??= setTimeout(() => void this.flush(), this.#afterMs).unref()
  }

  /** Writes what waits; never rejects. Not inside a transaction: it would wait for it. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#flushing = this.#flushing.then(() => this.#write())
    return this.#flushing
  }

  /** Writes what waits and arms no more. */
  close(): Promise<void> {
    this.#closed = true
    return this.flush()
  }
}
