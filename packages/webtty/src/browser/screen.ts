/** Owns the terminal on the page: xterm in the room it has, and what it types. */
import type { TtySize } from '@towline/protocol'
import { FitAddon } from '@xterm/addon-fit'
import { SerializeAddon } from '@xterm/addon-serialize'
import { Terminal } from '@xterm/xterm'
import { copiedBy } from './osc-52.ts'
import { styleStrictly } from './strict-styles.ts'
import { followTheme } from './themes.ts'
import { scrollByTouch } from './touch-scroll.ts'

const FONTS = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace'
const SCROLLBACK = 5000
/** Lines above the screen that are kept over a reload. */
const KEPT_LINES = 500

export interface ScreenSink {
  typed(text: string): void
  typedBytes(bytes: Uint8Array): void
  resized(size: TtySize): void
  titled(title: string): void
  /** A program, a selection or a link wants this copied. */
  copied(text: string): void
}

/** What the screen shows, as text that draws it again. */
export interface Picture extends TtySize {
  readonly data: string
}

/** Takes all of its element, and follows its size. */
export class Screen {
  readonly terminal: Terminal
  readonly #fit = new FitAddon()
  readonly #serialize = new SerializeAddon()
  readonly #element: HTMLElement
  /** What is drawn now was answered before. */
  #silent = 0
  #fitting = false

  constructor(element: HTMLElement) {
    styleStrictly()
    this.#element = element
    this.terminal = new Terminal({
      allowProposedApi: true,
      cursorBlink: false,
      fontFamily: FONTS,
      fontSize: innerWidth < 600 ? 13 : 14,
      lineHeight: 1.1,
      scrollback: SCROLLBACK,
    })
    this.terminal.loadAddon(this.#fit)
    this.terminal.loadAddon(this.#serialize)
    this.terminal.open(element)
    followTheme((theme) => (this.terminal.options.theme = theme))
    scrollByTouch(element)
    this.#fit.fit()
  }

  get size(): TtySize {
    const { cols, rows } = this.terminal
    return { cols, rows, xPixels: this.#element.clientWidth, yPixels: this.#element.clientHeight }
  }

  /** Copies `bytes`; `done` when they are drawn. */
  write(bytes: Uint8Array, done: () => void): void {
    this.terminal.write(new Uint8Array(bytes), done)
  }

  /** Instead of all there was, as it was drawn elsewhere: what it makes the terminal answer is kept back. */
  show({ cols, rows, data }: TtySize & { readonly data: string | Uint8Array }, done: () => void): void {
    const { terminal } = this
    this.#silent++
    terminal.reset()
    terminal.resize(cols, rows)
    terminal.write(data, () => {
      this.#silent--
      this.#fit.fit()
      done()
    })
  }

  /** What is selected, else the lines that are in view. */
  selected(): string {
    const { terminal } = this
    if (terminal.hasSelection()) return terminal.getSelection()
    const { active } = terminal.buffer
    const lines = Array.from({ length: terminal.rows }, (_, row) => active.getLine(active.viewportY + row))
    return lines
      .map((line) => line?.translateToString(true) ?? '')
      .join('\n')
      .trimEnd()
  }

  picture(): Picture {
    const { cols, rows } = this.terminal
    return { cols, rows, data: this.#serialize.serialize({ scrollback: KEPT_LINES }) }
  }

  /** From now on what it types, and its size, are `sink`'s. */
  begin(sink: ScreenSink): void {
    const { terminal } = this
    // Nothing leads out of the page: a link is copied.
    terminal.options.linkHandler = { activate: (_event, text) => sink.copied(text) }
    terminal.onData((text) => this.#silent === 0 && sink.typed(text))
    terminal.onBinary((text) => sink.typedBytes(Uint8Array.from(text, (character) => character.charCodeAt(0))))
    terminal.onResize(() => this.#silent === 0 && sink.resized(this.size))
    terminal.onTitleChange((title) => sink.titled(title))
    terminal.parser.registerOscHandler(52, (data) => {
      const text = copiedBy(data)
      if (text !== undefined) sink.copied(text)
      return true
    })
    // Copies what was selected, while that still counts as the person's doing.
    this.#element.addEventListener('mouseup', () => terminal.hasSelection() && sink.copied(terminal.getSelection()))
    new ResizeObserver(() => this.#fitSoon()).observe(this.#element)
  }

  /** At most once a frame. */
  #fitSoon(): void {
    if (this.#fitting) return
    this.#fitting = true
    requestAnimationFrame(() => {
      this.#fitting = false
      if (this.#silent === 0) this.#fit.fit()
    })
  }
}
