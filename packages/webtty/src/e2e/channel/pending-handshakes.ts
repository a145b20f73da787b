/** Owns how many handshakes a server has at once: those who have proven nothing share a few places. */

export class PendingHandshakes {
  readonly #most: number
  #count = 0

  constructor(most: number) {
    this.#most = most
  }

  get count(): number {
    return this.#count
  }

  /** Takes a place and answers how to leave it; undefined when there is none. */
  enter(): (() => void) | undefined {
    if (this.#count >= this.#most) return undefined
    this.#count++
    let inside = true
    return () => {
      if (inside) this.#count--
      inside = false
    }
  }
}
