/** Owns closing what a room opened: in reverse order, once, all of it even when one fails. */

/** Something that can be closed. */
export type Close = () => Promise<void> | void

/** Collects what was opened. `close` twice is harmless and answers the same promise. */
export class Closer {
  readonly #closes: Close[] = []
  #closing: Promise<void> | undefined

  /** Remembers how to close something. */
  add(close: Close): void {
    this.#closes.push(close)
  }

  get closing(): boolean {
    return this.#closing !== undefined
  }

  close(): Promise<void> {
    this.#closing ??= this.#run()
    return this.#closing
  }

  async #run(): Promise<void> {
    const failures: unknown[] = []
    for (const close of this.#closes.reverse()) {
      try {
        await close()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
