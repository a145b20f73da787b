/** Owns the row of keys below the screen, for phones. */
import { keyText, ROW_KEYS, type RowKey, withCtrl } from './key-bytes.ts'

export interface KeyRowSink {
  typed(text: string): void
  paste(): void
  copy(): void
  readonly applicationCursor: boolean
}

/** How long a key is held before it repeats, and how often it then does. */
const HOLD_MS = 400
const REPEAT_MS = 60

/** The row, and Ctrl, which stays down for the next key wherever that comes from. */
export class KeyRow {
  readonly #sink: KeyRowSink
  readonly #ctrl: HTMLButtonElement

  constructor(element: HTMLElement, sink: KeyRowSink) {
    this.#sink = sink
    this.#ctrl = button('Ctrl', 'Control')
    this.#ctrl.ariaPressed = 'false'
    pressed(this.#ctrl, () => (this.#ctrl.ariaPressed = String(!this.#isCtrl)))
    const [escape, tab, ...others] = ROW_KEYS.map((key) => this.#keyButton(key))
    const paste = button('Paste', 'Paste')
    const copy = button('Copy', 'Copy what is selected, or all that is shown')
    // The clipboard is read only for what the browser counts as a click.
    paste.addEventListener('click', () => sink.paste())
    copy.addEventListener('click', () => sink.copy())
    for (const one of [paste, copy]) keepFocus(one)
    element.append(...[escape, tab, this.#ctrl, ...others, paste, copy].filter((one) => one !== undefined))
  }

  /** What `text` of a keyboard becomes while Ctrl is down; it is up afterwards. */
  applied(text: string): string {
    if (!this.#isCtrl) return text
    this.#ctrl.ariaPressed = 'false'
    return withCtrl(text)
  }

  get #isCtrl(): boolean {
    return this.#ctrl.ariaPressed === 'true'
  }

  #keyButton(key: RowKey): HTMLButtonElement {
    const made = button(key.label, key.name)
    const take = key.arrow === undefined ? pressed : held
    take(made, () => this.#press(key))
    return made
  }

  #press(key: RowKey): void {
    const { applicationCursor } = this.#sink
    this.#sink.typed(keyText(key, { ctrl: this.#isCtrl, applicationCursor }))
    this.#ctrl.ariaPressed = 'false'
  }
}

const button = (label: string, name: string): HTMLButtonElement => {
  const made = document.createElement('button')
  made.type = 'button'
  made.textContent = label
  made.ariaLabel = name
  return made
}

/** A finger on a key leaves the keyboard of the phone where it is. */
const keepFocus = (one: HTMLElement): void => {
  for (const type of ['pointerdown', 'mousedown']) one.addEventListener(type, (event) => event.preventDefault())
}

const pressed = (one: HTMLElement, run: () => void): void => {
  keepFocus(one)
  one.addEventListener('click', run)
}

/** At once, and again and again while it is held; a click without a pointer comes from a keyboard or a screen reader. */
const held = (one: HTMLElement, run: () => void): void => {
  let timer: number | undefined
  const again = (delayMs: number): void => {
    run()
    timer = window.setTimeout(() => again(REPEAT_MS), delayMs)
  }
  keepFocus(one)
  one.addEventListener('click', ({ detail }) => detail === 0 && run())
  one.addEventListener('pointerdown', () => again(HOLD_MS))
  for (const over of ['pointerup', 'pointercancel', 'pointerleave'])
    one.addEventListener(over, () => clearTimeout(timer))
}
