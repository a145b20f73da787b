/** Owns hearing what a channel says. */
import type { Sink } from '@towline/protocol'

/** Collects what a channel says, and lets a test wait for it. */
export class Ear implements Sink {
  /** `ended`, `drained` and `closed CODE`, in order. */
  readonly said: string[] = []
  #parts: Buffer[] = []
  #wake: (() => void)[] = []

  get bytes(): Buffer {
    const joined = Buffer.concat(this.#parts)
    this.#parts = [joined]
    return joined
  }

  data(bytes: Uint8Array): void {
    this.#parts.push(Buffer.from(bytes))
    this.#ring()
  }

  ended(): void {
    this.#say('ended')
  }

  drained(): void {
    this.#say('drained')
  }

  closed(reset?: number): void {
    this.#say(`closed ${reset}`)
  }

  async until(met: () => boolean): Promise<void> {
    while (!met()) await new Promise<void>((wake) => this.#wake.push(wake))
  }

  #say(word: string): void {
    this.said.push(word)
    this.#ring()
  }

  #ring(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}
