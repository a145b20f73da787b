/** Owns the order of requests that touch the same thing: those of one lane run one after the other, as they came. */
export class Lanes {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Beside all others without a lane. */
  run<T>(lane: string | undefined, work: () => T | Promise<T>): T | Promise<T> {
    if (lane === undefined) return work()
    const before = this.#last.get(lane)
    const done = before === undefined ? (async () => await work())() : before.then(work)
    const settled = done.then(noop, noop)
    this.#last.set(lane, settled)
    void settled.then(() => {
      if (this.#last.get(lane) === settled) this.#last.delete(lane)
    })
    return done
  }
}

const noop = (): void => undefined
