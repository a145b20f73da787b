/** Owns what is shown when a terminal is over: words, a command to take along, and a way to go on. */
import type { EndWords } from './end-words.ts'

export interface OverElements {
  readonly panel: HTMLElement
  readonly title: HTMLElement
  readonly next: HTMLElement
  readonly command: HTMLElement
  readonly copy: HTMLButtonElement
  readonly again: HTMLButtonElement
}

export class OverPanel {
  readonly #elements: OverElements
  #again: () => void = () => {}

  constructor(elements: OverElements, copy: (text: string) => void) {
    this.#elements = elements
    elements.again.addEventListener('click', () => this.#again())
    elements.copy.addEventListener('click', () => copy(elements.command.textContent))
  }

  show({ title, next, command, again }: EndWords, onAgain: () => void): void {
    const { panel, ...parts } = this.#elements
    this.#again = onAgain
    put(parts.title, title)
    put(parts.next, next)
    put(parts.command, command)
    parts.copy.hidden = command === undefined
    put(parts.again, again)
    panel.hidden = false
    if (again !== undefined) parts.again.focus()
  }

  hide(): void {
    this.#elements.panel.hidden = true
  }
}

const put = (element: HTMLElement, text = ''): void => {
  element.textContent = text
  element.hidden = text === ''
}
