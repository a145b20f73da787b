/** Owns one running command: its output for the model and for clients, and its end. */
import { TextDecoder } from 'node:util'
import { AppError, LIMITS, type ProcessStream } from '@towline/protocol'
import type { CommandSink, RunningCommand } from '../../../environments/environment.ts'
import { HeadTail } from './head-tail.ts'

export interface TerminalOptions {
  readonly sessionId: number
  /** Of the item that it is. */
  readonly itemId: string
  readonly command: string
  readonly cwd: string
  readonly tty: boolean
  readonly environmentId: string
  /** Text as it comes, up to a bound. */
  readonly live: (text: string) => void
}

export interface TerminalEnd {
  /** Undefined when its machine was lost. */
  readonly exitCode: number | undefined
  readonly sandboxDenied: boolean
  readonly lost?: Error
}

export class Terminal implements CommandSink {
  readonly options: TerminalOptions
  readonly startedMs = performance.now()
  readonly ended: Promise<TerminalEnd>
  /** When it was last asked for, for choosing whom to end. */
  usedMs = this.startedMs
  end: TerminalEnd | undefined
  readonly #decoders = new Map<ProcessStream, TextDecoder>()
  readonly #unread = new HeadTail(LIMITS.agentOutputBytes)
  readonly #all = new HeadTail(LIMITS.agentItemChars)
  #told = 0
  #finish: (end: TerminalEnd) => void = () => undefined
  #running: RunningCommand | undefined

  constructor(options: TerminalOptions) {
    this.options = options
    this.ended = new Promise((resolve) => {
      this.#finish = resolve
    })
  }

  began(running: RunningCommand): void {
    this.#running = running
  }

  // Of the command

  output(stream: ProcessStream, bytes: Uint8Array): void {
    this.#add(this.#decoder(stream).decode(bytes, { stream: true }))
  }

  exited(exitCode: number, sandboxDenied: boolean): void {
    this.#over({ exitCode, sandboxDenied })
  }

  lost(error: Error): void {
    this.#add(`\n[the machine was lost: ${error instanceof AppError ? error.message : 'its connection ended'}]\n`)
    this.#over({ exitCode: undefined, sandboxDenied: false, lost: error })
  }

  #over(end: TerminalEnd): void {
    if (this.end) return
    for (const decoder of this.#decoders.values()) this.#add(decoder.decode())
    this.end = end
    this.#finish(end)
  }

  #decoder(stream: ProcessStream): TextDecoder {
    const decoder = this.#decoders.get(stream) ?? new TextDecoder()
    this.#decoders.set(stream, decoder)
    return decoder
  }

  #add(text: string): void {
    if (text === '') return
    this.#unread.add(text)
    this.#all.add(text)
    const room = LIMITS.agentLiveBytes - this.#told
    if (room <= 0) return
    this.#told += text.length
    this.options.live(text.length > room ? `${text.slice(0, room)}\n[further output is not shown live]\n` : text)
  }

  // For those who watch

  /** All output, its middle left out when it is long. */
  get aggregated(): string {
    return this.#all.text
  }

  get wallMs(): number {
    return Math.round(performance.now() - this.startedMs)
  }

  /** What came since it was last taken. */
  takeUnread(): string {
    const { text } = this.#unread
    this.#unread.clear()
    return text
  }

  /** Until it ended, or for `ms`. Rejects when `signal` aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    this.usedMs = performance.now()
    signal.throwIfAborted()
    if (this.end) return
    let stop = (): void => undefined
    const given = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms)
      const aborted = (): void => reject(signal.reason as Error)
      signal.addEventListener('abort', aborted, { once: true })
      stop = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', aborted)
      }
    })
    try {
      await Promise.race([this.ended, given])
    } finally {
      stop()
    }
  }

  async write(text: string): Promise<void> {
    await this.#running?.write(new TextEncoder().encode(text))
  }

  async interrupt(): Promise<void> {
    await this.#running?.interrupt()
  }

  /** Ends it with all it started, and waits for that a while. */
  async terminate(): Promise<void> {
    if (this.end) return
    await this.#running?.terminate().catch(() => undefined)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LIMITS.agentEndMs)
    })
    await Promise.race([this.ended, late])
    clearTimeout(timer)
  }
}
