/** Owns closing what a room opened: in reverse order, once, all of it even when one fails. */

/** Something that can be closed. */
export type Close = () => Promise<void> | void

/** Opens with a closer of its own, which closes what was opened until then when it fails. */
export const opening = async <T>(open: (closer: Closer) => Promise<T>): Promise<T> => {
  const closer = new Closer()
  try {
    return await open(closer)
  } catch (error) {
    await closer.close()
    throw error
  }
}

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
