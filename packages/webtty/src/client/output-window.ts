/** Owns how much output a client lets a host send ahead: more while a reader waits for credit alone, less again when it is slow. */

/** Bytes. */
export interface WindowSize {
  /** What it begins with, and comes back to. */
  readonly least: number
  readonly most: number
}

/** One output of a process, by absolute offsets. */
export class OutputWindow {
  /** The next byte that comes. */
  received: number
  consumed: number
  granted = 0
  readonly #sizes: WindowSize
  #size: number

  constructor(offset: number, sizes: WindowSize) {
    this.received = offset
    this.consumed = offset
    this.#sizes = sizes
    this.#size = sizes.least
  }

  /**
   * All credit is used up, and the reader has heard the last of it. One who has read most waits for more: the path is longer
   * than the window. One who has not is slow, and what waits for it delays an interrupt.
   */
  usedUp(): void {
    const { least, most } = this.#sizes
    const unread = this.received - this.consumed
    if (unread <= this.#size / 4) this.#size = Math.min(this.#size * 2, most)
    else if (unread > this.#size / 2) this.#size = Math.max(this.#size / 2, least)
  }

  /** The offset to grant; undefined while that is not worth a frame. */
  nextGrant(): number | undefined {
    const max = this.consumed + this.#size
    if (max - this.granted < this.#size / 4) return undefined
    this.granted = max
    return max
  }
}
