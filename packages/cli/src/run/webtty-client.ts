/** Owns the work of `towline webtty client`. */
import { terminalOn } from '@towline/operations'
import { AppError, type OpenRequest } from '@towline/protocol'
import type { Terminal, TerminalEnd, TerminalSink } from '@towline/webtty'
import { type Io, note } from '../io.ts'
import { type EscapeAction, EscapeKeys } from '../live/escape-keys.ts'
import { type LocalTerminal, openLocalTerminal } from '../live/local-terminal.ts'
import { ExitStatus } from '../report.ts'
import { endWith, errorStatus } from './command-status.ts'
import { machineRequest } from './machine.ts'
import { type ProcessOptions, processRequest } from './webtty-request.ts'
import { withWholeOutput } from './whole-output.ts'
import { writeBytes } from './write-bytes.ts'

export interface WebttyClientOptions extends ProcessOptions {
  readonly attach?: string
  readonly escape: string
}

const HELP = `\r
~.  end this terminal, and what runs in it\r
~d  leave it running\r
~~  a tilde\r
~?  this\r
`

/** How long a break goes unseen; most are over by then. */
const BREAK_MS = 2000
/** Between the two changes of size that have a program draw its screen again. */
const REDRAW_MS = 200

/** Ends with the status of the program. */
export const run = (io: Io, words: readonly string[], options: WebttyClientOptions): Promise<void> =>
  withWholeOutput(io, () => runOne(io, words, options))

const runOne = async (io: Io, words: readonly string[], options: WebttyClientOptions): Promise<void> => {
  const keys = new EscapeKeys(escapeOf(options.escape))
  const local = openLocalTerminal(io, (bytes) => writeBytes(io.stdout, bytes))
  const bridge = new Bridge(io, local, keys)
  let end: TerminalEnd
  try {
    end = await terminalOn({
      ...machineRequest(io, options),
      request: {
        ...requestOf(io, words, options),
        tty: { ...local.size(), term: io.env['TERM'] || 'xterm-256color' },
      },
      processId: options.attach,
      sink: bridge,
      onTerminal: (terminal) => bridge.begin(terminal),
    })
  } catch (error) {
    throw new ExitStatus(errorStatus(error), { cause: error })
  } finally {
    bridge.close()
  }
  told(io, end, { url: options.url, processId: bridge.processId })
}

const told = (
  io: Io,
  end: TerminalEnd,
  { url, processId }: { readonly url: string; readonly processId: string | undefined },
): void => {
  // Its last line is still there, mostly a prompt.
  if (end.how !== 'exited' && io.isTty.stdout) io.stdout.write('\n')
  if (end.how === 'lost') throw new ExitStatus(errorStatus(end.error), { cause: end.error })
  if (end.how === 'detached' && processId !== undefined)
    note(io, `left running; come back with: towline webtty client --url ${url} --attach ${processId}`)
  if (end.how === 'exited') endWith(end.exit)
}

const escapeOf = (text: string): string | undefined => {
  if (text === 'none') return undefined
  if (/^[\x21-\x7e]$/.test(text)) return text
  throw new AppError('OPTION_INVALID', { option: '--escape', value: text, problem: 'it is one character, or none' })
}

/** What programs look at beside TERM; a server may refuse none of them. */
const PASSED = ['COLORTERM', 'LANG'] as const

const requestOf = (
  { env: ours }: Io,
  words: readonly string[],
  options: WebttyClientOptions,
): Omit<OpenRequest, 'tty'> => {
  const own = Object.fromEntries(PASSED.flatMap((key) => (ours[key] ? [[key, ours[key]]] : [])))
  const { env, ...rest } = processRequest(options, ours)
  return {
    kind: 'pty',
    ...rest,
    ...(words.length > 0 && { argv: words }),
    env: { ...own, ...env },
  }
}

/** Between the terminal there and the one here. */
class Bridge implements TerminalSink {
  readonly #io: Io
  readonly #local: LocalTerminal
  readonly #keys: EscapeKeys
  #terminal: Terminal | undefined
  #broken: NodeJS.Timeout | undefined
  #bannered = false
  #redrawing: NodeJS.Timeout | undefined

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
    if (this.#bannered && this.#local.endBanner()) this.#redraw()
    this.#bannered = false
    if (this.#terminal?.session?.watching) this.#local.banner('You look on: the server lets you watch, and not type.')
  }

  /** Programs that fill the screen draw it again when it changes its size; of two changes at once they may see none. */
  #redraw(): void {
    const { cols, rows } = this.#local.size()
    this.#terminal?.resize({ cols, rows: Math.max(rows - 1, 1) })
    this.#redrawing = setTimeout(() => this.#terminal?.resize(this.#local.size()), REDRAW_MS)
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
