/** Owns what goes between a terminal on another machine and the one here: keys, output, sizes, and a word of ours while it is away. */
import type { Terminal, TerminalSink } from '@towline/webtty'
import type { Io } from '../io.ts'
import type { EscapeAction, EscapeKeys } from './escape-keys.ts'
import type { LocalTerminal } from './local-terminal.ts'

const HELP = `\r
~.  end this terminal, and what runs in it\r
~d  leave it running\r
~~  a tilde\r
~?  this\r
`

/** How long a break goes unseen; most are over by then. */
const BREAK_MS = 2000
/**
 * Before each of the two changes of size that have a program draw its screen again: what was typed meanwhile is on its way, and
 * vim leaves keys that come with a change of size undrawn until the next key.
 */
const REDRAW_MS = 200

/** See the file's head. */
export class TerminalBridge implements TerminalSink {
  readonly #io: Io
  readonly #local: LocalTerminal
  readonly #keys: EscapeKeys
  #terminal: Terminal | undefined
  #broken: NodeJS.Timeout | undefined
  #bannered = false
  /** A word of ours lies over a full screen, and its program did not draw that again yet: a break may take away what asks it to. */
  #covered = false
  #redrawing: NodeJS.Timeout | undefined
  /** It was asked to, over this connection. */
  #asked = false

  constructor(io: Io, local: LocalTerminal, keys: EscapeKeys) {
    this.#io = io
    this.#local = local
    this.#keys = keys
  }

  get processId(): string | undefined {
    return this.#terminal?.session?.processId
  }

  begin(terminal: Terminal): void {
    this.#terminal = terminal
    this.#local.onResize((size) => terminal.resize(size))
    this.#io.stdin.on('data', this.#typed)
    this.#io.stdin.on('end', this.#ended)
  }

  close(): void {
    clearTimeout(this.#broken)
    clearTimeout(this.#redrawing)
    const { stdin } = this.#io
    stdin.off('data', this.#typed)
    stdin.off('end', this.#ended)
    stdin.pause()
    this.#local.close()
  }

  output(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length
    if (this.#asked) this.#covered = false
    const done = this.#local.write(bytes)
    if (!done) return this.#terminal?.consumed(end)
    void done.then(() => this.#terminal?.consumed(end))
  }

  snapshot({ data }: Parameters<TerminalSink['snapshot']>[0]): void {
    this.#local.clear()
    void this.#local.write(data)
  }

  drained(): void {
    this.#io.stdin.resume()
  }

  /** A short break is nobody's business. */
  state(state: Parameters<TerminalSink['state']>[0]): void {
    if (state === 'waiting') {
      this.#broken ??= setTimeout(() => {
        this.#bannered = true
        this.#local.banner('The connection broke; coming back. ~. ends this terminal.')
      }, BREAK_MS)
    }
    if (state !== 'open') return
    clearTimeout(this.#broken)
    this.#broken = undefined
    if (this.#bannered) this.#covered = this.#local.endBanner()
    this.#bannered = false
    if (this.#covered) this.#redraw()
    if (this.#terminal?.session?.watching) this.#local.banner('You look on: the server lets you watch, and not type.')
  }

  /** Programs that fill the screen draw it again when it changes its size; of two changes at once they may see none. */
  #redraw(): void {
    this.#asked = false
    clearTimeout(this.#redrawing)
    this.#redrawing = setTimeout(() => {
      const { cols, rows } = this.#local.size()
      this.#terminal?.resize({ cols, rows: Math.max(rows - 1, 1) })
      this.#redrawing = setTimeout(() => {
        this.#terminal?.resize(this.#local.size())
        this.#asked = true
      }, REDRAW_MS)
    }, REDRAW_MS)
  }

  readonly #typed = (chunk: Buffer): void => {
    const { bytes, action } = this.#keys.read(chunk)
    if (action) return this.#act(action)
    if (bytes.length > 0 && this.#terminal?.write(bytes) === false) this.#io.stdin.pause()
  }

  /** End of file, as a terminal types it. */
  readonly #ended = (): void => {
    if (!this.#io.isTty.stdin) this.#terminal?.write(Uint8Array.of(4))
  }

  #act(action: EscapeAction): void {
    if (action === 'help') this.#io.stdout.write(HELP)
    if (action === 'end') this.#terminal?.close()
    if (action === 'leave') void this.#terminal?.detach()
  }
}
