/** Owns the empty folders that guard places where nothing was: they go with the last command that needs them. */
import { rmdirSync } from 'node:fs'

export class Placeholders {
  readonly #users = new Map<string, number>()

  hold(paths: readonly string[]): void {
    for (const path of paths) this.#users.set(path, (this.#users.get(path) ?? 0) + 1)
  }

  /** Those that are held, which a later command finds there and needs too. */
  held(path: string): boolean {
    return this.#users.has(path)
  }

  release(paths: readonly string[]): void {
    for (const path of paths) {
      const left = (this.#users.get(path) ?? 1) - 1
      if (left > 0) this.#users.set(path, left)
      else this.#remove(path)
    }
  }

  #remove(path: string): void {
    this.#users.delete(path)
    try {
      rmdirSync(path)
    } catch {
      // Somebody has put something there, or it was never made.
    }
  }
}
