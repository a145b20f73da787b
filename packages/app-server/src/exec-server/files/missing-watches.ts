/** Owns which paths a session has watched until they are there. */
import { LIMITS } from '@towline/protocol'
import { type Missing, type MissingWatch, watchMissing } from './watch-missing.ts'

/** Without a watch while that begins. */
interface Place {
  watch?: MissingWatch
}

export class MissingWatches {
  /** Oldest first. */
  readonly #places = new Map<number, Place>()
  /** Changed while nobody was there to be told. */
  readonly #due = new Set<number>()
  /** Whether somebody heard it. */
  readonly #tell: (watchId: number) => boolean

  constructor(tell: (watchId: number) => boolean) {
    this.#tell = tell
  }

  /** In place of one with the same id. The oldest ends when there are too many, and its client is told to look again. */
  async watch(watchId: number, what: Missing): Promise<{ readonly watching: boolean }> {
    this.#forget(watchId)
    if (what.missing.length > LIMITS.execServerMissing) return { watching: false }
    const [oldest] = this.#places.keys()
    if (oldest !== undefined && this.#places.size >= LIMITS.execServerMissingWatches) this.#over(oldest)
    const place: Place = {}
    this.#places.set(watchId, place)
    const watch = await watchMissing(what, () => this.#over(watchId, place))
    // It was given to another, or the session ended.
    const isLost = this.#places.get(watchId) !== place
    if (watch && !isLost) place.watch = watch
    else watch?.close()
    if (!watch && !isLost) this.#places.delete(watchId)
    return { watching: place.watch !== undefined }
  }

  /** Somebody is there again. */
  attached(): void {
    for (const watchId of this.#due) {
      if (this.#tell(watchId)) this.#due.delete(watchId)
    }
  }

  close(): void {
    for (const watchId of [...this.#places.keys()]) this.#forget(watchId)
    this.#due.clear()
  }

  #over(watchId: number, place = this.#places.get(watchId)): void {
    if (!place || this.#places.get(watchId) !== place) return
    this.#forget(watchId)
    if (!this.#tell(watchId)) this.#due.add(watchId)
  }

  #forget(watchId: number): void {
    this.#places.get(watchId)?.watch?.close()
    this.#places.delete(watchId)
    this.#due.delete(watchId)
  }
}
