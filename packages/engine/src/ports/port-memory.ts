/** Owns remembering which port a name had, so that a restarted host gets the same address again. */

/** Ports by name; the oldest is forgotten beyond `most`. */
export class PortMemory {
  readonly #ports = new Map<string, number>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  of(key: string): number | undefined {
    return this.#ports.get(key)
  }

  keep(key: string, port: number): void {
    this.#ports.delete(key)
    this.#ports.set(key, port)
    const oldest = this.#ports.keys().next()
    if (this.#ports.size > this.#most && !oldest.done) this.#ports.delete(oldest.value)
  }
}
