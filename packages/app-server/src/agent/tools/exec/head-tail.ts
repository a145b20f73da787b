/** Owns keeping the beginning and the end of a text that may have any length. */

/** Bytes; what lies between is counted and dropped. */
export class HeadTail {
  readonly #half: number
  #head = ''
  #tail = ''
  #dropped = 0

  /** `most` chars are kept. */
  constructor(most: number) {
    this.#half = Math.floor(most / 2)
  }

  add(text: string): void {
    const room = this.#half - this.#head.length
    const fits = room > 0 && this.#tail === '' ? text.slice(0, room) : ''
    this.#head += fits
    this.#tail += text.slice(fits.length)
    // Twice as much as is kept, so that not each addition copies.
    if (this.#tail.length > this.#half * 2) this.#trim()
  }

  get isEmpty(): boolean {
    return this.#head === ''
  }

  /** Chars that were added since the last `clear`. */
  get length(): number {
    return this.#head.length + this.#tail.length + this.#dropped
  }

  get text(): string {
    this.#trim()
    const gap = this.#dropped > 0 ? `\n…${this.#dropped} chars left out…\n` : ''
    return this.#head + gap + this.#tail
  }

  clear(): void {
    this.#head = ''
    this.#tail = ''
    this.#dropped = 0
  }

  #trim(): void {
    const over = this.#tail.length - this.#half
    if (over <= 0) return
    this.#tail = this.#tail.slice(over)
    this.#dropped += over
  }
}
