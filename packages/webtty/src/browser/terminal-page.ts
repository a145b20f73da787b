/** Owns the page's one terminal at a time: between the machine, the screen, and what the person is told. */
import { LIMITS, type OpenRequest } from '@towline/protocol'
import { openTerminal, type Terminal, type TerminalEnd, type TerminalSink } from '../client/open-terminal.ts'
import type { Snapshot } from '../client/remote-process.ts'
import type { Carrier } from '../carrier/carrier.ts'
import { connectPage } from './connect.ts'
import { endWords, waitingWords } from './end-words.ts'
import { forgetKept, type KeptTerminal, keepTerminal } from './kept-terminal.ts'
import type { OverPanel } from './over-panel.ts'
import type { Screen } from './screen.ts'
import type { StatusLine } from './status-line.ts'
import { Typed } from './typed.ts'

export interface PageParts {
  readonly token: string
  readonly screen: Screen
  readonly status: StatusLine
  readonly over: OverPanel
  /** The machine has said what it is called. */
  readonly named: (name: string) => void
  /** The token lets nobody in any more. */
  readonly expired: () => void
}

export class TerminalPage implements TerminalSink {
  readonly #parts: PageParts
  #terminal: Terminal | undefined
  #typed = new Typed({ write: (bytes) => this.#terminal?.write(bytes) ?? true })
  /** Output that the screen shows. */
  #drawn = 0
  #wasOpen = false
  /** Why the last attempt failed. */
  #why: unknown

  constructor(parts: PageParts) {
    this.#parts = parts
  }

  /** Opens a terminal, or comes back to one; what cannot be come back to is opened anew. */
  start(kept?: KeptTerminal): void {
    const { over, status, screen, token } = this.#parts
    over.hide()
    status.say('waiting', 'Connecting\u2026')
    this.#wasOpen = false
    this.#drawn = kept?.offset ?? 0
    this.#typed = new Typed({ write: (bytes) => terminal.write(bytes) })
    const terminal = openTerminal({
      connect: (signal) => this.#connect(token, signal),
      hello: { client: 'towline page' },
      request: this.#request(),
      ...(kept && { resume: kept }),
      sink: this,
    })
    this.#terminal = terminal
    screen.terminal.focus()
    void terminal.done.then((end) => this.#ended(end, kept))
  }

  /** False when it is too long. */
  type(text: string): boolean {
    return this.#typed.type(text)
  }

  typeBytes(bytes: Uint8Array): void {
    this.#terminal?.write(bytes)
  }

  resize(): void {
    this.#terminal?.resize(this.#parts.screen.size)
  }

  /** The network is back, or the device has woken up. */
  wake(): void {
    this.#terminal?.wake()
    this.#terminal?.connection?.probe()
  }

  /** The page is seen again. */
  shown(): void {
    if (this.#terminal?.state === 'ended') return
    forgetKept()
    this.wake()
  }

  /** The page may be gone without a further word: for when it is loaded again. */
  hidden(): void {
    if (this.#terminal?.state !== 'ended') this.#keep()
  }

  #keep(): void {
    const session = this.#terminal?.session
    if (!session) return
    const { processId, resumeToken } = session
    keepTerminal({ processId, resumeToken, offset: this.#drawn, picture: this.#parts.screen.picture() })
  }

  output(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length
    const terminal = this.#terminal
    this.#parts.screen.write(bytes, () => {
      if (terminal !== this.#terminal) return
      this.#drawn = end
      terminal?.consumed(end)
    })
  }

  snapshot({ offset, cols, rows, data }: Snapshot): void {
    this.#parts.screen.show({ cols, rows, data }, () => {
      this.#drawn = Math.max(this.#drawn, offset)
      this.resize()
    })
  }

  drained(): void {
    this.#typed.drained()
  }

  state(state: Parameters<TerminalSink['state']>[0]): void {
    const { status } = this.#parts
    if (state === 'open') return this.#opened()
    if (state !== 'waiting' || !this.#wasOpen) return
    status.sayLater('waiting', waitingWords(this.#why, navigator.onLine))
  }

  async #connect(token: string, signal: AbortSignal): Promise<Carrier> {
    try {
      return await connectPage(token, signal)
    } catch (error) {
      this.#why = error
      throw error
    }
  }

  #request(): OpenRequest {
    const { screen } = this.#parts
    return {
      kind: 'pty',
      env: { COLORTERM: 'truecolor' },
      tty: { ...bounded(screen.size), term: 'xterm-256color' },
    }
  }

  #opened(): void {
    const { status, named } = this.#parts
    const server = this.#terminal?.connection?.server
    if (server) named(server.name || server.hostname)
    this.#wasOpen = true
    this.#why = undefined
    this.resize()
    status.say('good', 'Connected')
    // The way back is another one now.
    if (document.visibilityState === 'hidden') this.#keep()
  }

  #ended(end: TerminalEnd, kept: KeptTerminal | undefined): void {
    const { status, over, expired } = this.#parts
    if (end.how === 'lost' && kept && !this.#wasOpen && end.error.code === 'PROCESS_UNKNOWN') return this.start()
    const words = endWords(end, location.origin)
    if (words.command !== undefined) {
      expired()
      // A new link in this tab comes back to it.
      this.#keep()
    }
    status.say('over', words.title)
    over.show(words, () => this.start())
  }
}

const bounded = <Size extends { readonly cols: number; readonly rows: number }>(size: Size): Size => ({
  ...size,
  cols: Math.min(size.cols, LIMITS.webttyTtyCells),
  rows: Math.min(size.rows, LIMITS.webttyTtyCells),
})
