/** Owns the commands of a thread that run on in the background, by the ids that the model knows them by. */
import { LIMITS } from '@towline/protocol'
import type { Terminal } from './terminal.ts'

export class Terminals {
  readonly #all = new Map<number, Terminal>()

  /** Keeps it until it was read to its end. Ends the one that was used least lately when there are too many. */
  keep(terminal: Terminal): void {
    this.#all.set(terminal.options.sessionId, terminal)
    if (this.#all.size <= LIMITS.agentTerminals) return
    const all = [...this.#all.values()].filter((one) => one !== terminal)
    const oldest = all.find((one) => one.end) ?? all.toSorted((a, b) => a.usedMs - b.usedMs)[0]
    if (oldest === undefined) return
    this.#all.delete(oldest.options.sessionId)
    void oldest.terminate()
  }

  find(sessionId: number): Terminal | undefined {
    return this.#all.get(sessionId)
  }

  forget(sessionId: number): void {
    this.#all.delete(sessionId)
  }

  get isEmpty(): boolean {
    return this.#all.size === 0
  }

  /** Those that run. */
  get running(): readonly Terminal[] {
    return [...this.#all.values()].filter(({ end }) => end === undefined)
  }

  async endAll(): Promise<void> {
    const all = [...this.#all.values()]
    this.#all.clear()
    await Promise.all(all.map((terminal) => terminal.terminate()))
  }
}
