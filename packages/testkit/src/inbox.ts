/** Owns values that come in one by one, and waiting for the ones a test is after. */
import { SOON_MS } from './within.ts'

/** Keeps everything that came; `until` looks at what came before, too. */
export class Inbox<T> {
  readonly all: T[] = []
  readonly #waiting = new Set<() => void>()
  #ended: string | undefined

  readonly put = (value: T): void => {
    this.all.push(value)
    this.#wake()
  }

  /** Nothing more will come; whoever waits is told why. */
  end(why: string): void {
    this.#ended ??= why
    this.#wake()
  }

  /** The first value from position `from` on that matches. Throws when none comes in time, or nothing more will come. */
  until(what: string, matches: (value: T) => boolean, { from = 0, ms = SOON_MS } = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        act()
      }
      const look = (): void => {
        const found = this.all.slice(from).find(matches)
        if (found !== undefined) settle(() => resolve(found))
        else if (this.#ended !== undefined) settle(() => reject(new Error(`${what} did not come: ${this.#ended}`)))
      }
      const late = (): void => reject(new Error(`${what} did not come within ${ms} ms`))
      const timer = setTimeout(() => settle(late), ms)
      this.#waiting.add(look)
      look()
    })
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look()
  }
}
