/** Owns what a client has opened by names of its own, such as commands: closed when it goes. */
import type { Caller } from '../server/method.ts'

export class ClientThings<Thing extends { close(): void }> {
  readonly #byClient = new Map<string, Map<string, Thing>>()

  /** Those of one client, by its names. */
  of(caller: Caller): Map<string, Thing> {
    const found = this.#byClient.get(caller.id)
    if (found) return found
    const own = new Map<string, Thing>()
    this.#byClient.set(caller.id, own)
    caller.onClosed(() => {
      this.#byClient.delete(caller.id)
      for (const thing of own.values()) thing.close()
    })
    return own
  }
}
