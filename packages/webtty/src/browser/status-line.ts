/** Owns the line that says how the terminal stands; screen readers hear it. */

/** How it looks, too. */
export type Tone = 'good' | 'waiting' | 'over'

/** A short break is nobody's business: what lasts less is not said. */
const PATIENCE_MS = 1000
/** How long a word in passing is shown. */
const PASSING_MS = 4000

export class StatusLine {
  readonly #element: HTMLElement
  #lasting: readonly [Tone, string] = ['waiting', '']
  #timer: number | undefined

  constructor(element: HTMLElement) {
    this.#element = element
  }

  say(tone: Tone, text: string): void {
    this.#lasting = [tone, text]
    this.#show(tone, text)
  }

  /** Unless something else is said meanwhile. */
  sayLater(tone: Tone, text: string): void {
    this.#after(PATIENCE_MS, () => this.say(tone, text))
  }

  /** For a moment. */
  mention(text: string): void {
    const [tone] = this.#lasting
    this.#show(tone, text)
    this.#after(PASSING_MS, () => this.#show(...this.#lasting))
  }

  #show(tone: Tone, text: string): void {
    clearTimeout(this.#timer)
    this.#element.dataset['tone'] = tone
    if (this.#element.textContent !== text) this.#element.textContent = text
  }

  #after(ms: number, run: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(run, ms)
  }
}
