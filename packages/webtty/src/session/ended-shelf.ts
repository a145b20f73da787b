/** Owns how long ended processes are kept: a time, a count and a number of bytes, whichever is over first. */
import type { Limits } from '@towline/protocol'

export interface Kept {
  readonly id: string
  readonly bytes: number
}

type ShelfLimits = Pick<Limits, 'webttyEnded' | 'webttyEndedMs' | 'webttyEndedBytes'>

/** `forget` is called for each that goes, the oldest first. */
export class EndedShelf {
  readonly #limits: ShelfLimits
  readonly #forget: (id: string) => void
  readonly #kept = new Map<string, { readonly bytes: number; readonly timer: NodeJS.Timeout }>()
  #bytes = 0

  constructor(limits: ShelfLimits, forget: (id: string) => void) {
    this.#limits = limits
    this.#forget = forget
  }

  put({ id, bytes }: Kept): void {
    const timer = setTimeout(() => this.#drop(id), this.#limits.webttyEndedMs)
    timer.unref()
    this.#kept.set(id, { bytes, timer })
    this.#bytes += bytes
    for (const oldest of this.#kept.keys()) {
      const { webttyEnded, webttyEndedBytes } = this.#limits
      // The newest stays, however long: somebody still reads it.
      if (oldest === id || (this.#kept.size <= webttyEnded && this.#bytes <= webttyEndedBytes)) return
      this.#drop(oldest)
    }
  }

  close(): void {
    for (const { timer } of this.#kept.values()) clearTimeout(timer)
    this.#kept.clear()
  }

  #drop(id: string): void {
    const kept = this.#kept.get(id)
    if (kept === undefined) return
    clearTimeout(kept.timer)
    this.#kept.delete(id)
    this.#bytes -= kept.bytes
    this.#forget(id)
  }
}
