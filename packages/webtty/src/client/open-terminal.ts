/** Owns a terminal that outlives its connections: after a cut it comes back to where it was, both ways, by offset. */
import {
  AppError,
  type Exit,
  FD,
  type Fd,
  LIMITS,
  type Opened,
  type OpenRequest,
  type SignalName,
  type SignalTarget,
  type TtySize,
  WEBTTY_CLOSE,
} from '@towline/protocol'
import type { Carrier } from '../carrier/carrier.ts'
import { type ConnectOptions, connectWebtty, type WebttyConnection } from './connection.ts'
import { Input } from './input.ts'
import { OldQuestions } from './old-questions.ts'
import type { RemoteProcess, Snapshot } from './remote-process.ts'

/** What the owner of a terminal hears. */
export interface TerminalSink {
  /**
   * Each byte once, in order, from absolute `offset` on, but zeros in place of what was asked of another's terminal. `bytes` is
   * valid only during the call; tell `consumed` when it is drawn.
   */
  output(offset: number, bytes: Uint8Array): void
  /** Too much was missed: what is shown now. Clear, draw it, and type nothing that the terminal answers to it. */
  snapshot(snapshot: Snapshot): void
  /** `write` answered false before and takes more now. */
  drained(): void
  state(state: TerminalState): void
}

export type TerminalState = 'connecting' | 'open' | 'waiting' | 'ended'

/** How a terminal was over. */
export type TerminalEnd =
  | { readonly how: 'exited'; readonly exit: Exit }
  | { readonly how: 'detached' | 'closed' }
  | { readonly how: 'lost'; readonly error: AppError }

export interface OpenTerminalOptions {
  /** Makes a carrier, encrypted where the server is pinned. Errors with status 401 or 403 are final; others are tried again. */
  readonly connect: (signal: AbortSignal) => Promise<Carrier>
  readonly hello?: ConnectOptions
  /** Of kind `pty`, or a command that lingers, of which standard output is heard; its processId is chosen here when absent. */
  readonly request: OpenRequest
  /** Comes back to a terminal instead of opening one. */
  readonly resume?: { readonly processId: string; readonly resumeToken?: string; readonly offset: number }
  readonly sink: TerminalSink
  readonly random?: () => number
}

/** A terminal on another machine. */
export interface Terminal {
  readonly state: TerminalState
  /** Never rejects. */
  readonly done: Promise<TerminalEnd>
  /** Tells it to the one who wants to come back in another process; undefined before it was open. */
  readonly session: (Opened & { readonly offset: number }) | undefined
  readonly connection: WebttyConnection | undefined
  /** Copies `bytes`. False asks to stop until `drained`. */
  write(bytes: Uint8Array): boolean
  /** Output was drawn up to `offset`. */
  consumed(offset: number): void
  resize(size: TtySize): void
  signal(name: SignalName, target?: SignalTarget): void
  /** Leaves the program running. */
  detach(): Promise<void>
  /** Ends the program. */
  close(): void
  /** The network is back: what waits tries at once, and what tries to come back begins anew, for it may hang. */
  wake(): void
}

/** See {@link openTerminal}. */
class ResumingTerminal implements Terminal {
  readonly done: Promise<TerminalEnd>
  readonly #options: OpenTerminalOptions
  readonly #abort = new AbortController()
  readonly #input = new Input()
  /** The same each time, so that a second one finds the process of the first. */
  readonly #request: OpenRequest
  #opened: Opened | undefined
  /** The server has said hello once. */
  #met = false
  #resume: { readonly processId: string; readonly resumeToken?: string } | undefined
  #connection: WebttyConnection | undefined
  #process: RemoteProcess | undefined
  #received = 0
  #consumed = 0
  #size: TtySize | undefined
  #state: TerminalState = 'connecting'
  #attempt = 0
  #lostAt = 0
  /** The server said that it stops. */
  #stopped = false
  #wake: () => void = () => {}
  #finish!: (end: TerminalEnd) => void

  constructor(options: OpenTerminalOptions) {
    this.#options = options
    this.#request = { ...options.request, processId: options.request.processId ?? newProcessId() }
    this.#resume = options.resume
    this.#received = options.resume?.offset ?? 0
    this.#consumed = this.#received
    this.done = new Promise((done) => {
      this.#finish = (end) => {
        this.#become('ended')
        this.#abort.abort()
        this.#wake()
        done(end)
      }
    })
    void this.#run()
  }

  get state(): TerminalState {
    return this.#state
  }

  get #fd(): Fd {
    return this.#request.kind === 'pty' ? FD.pty : FD.stdout
  }

  get session(): (Opened & { readonly offset: number }) | undefined {
    return this.#opened && { ...this.#opened, offset: this.#received }
  }

  get connection(): WebttyConnection | undefined {
    return this.#connection
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state === 'ended') return true
    this.#connection?.probe()
    return this.#process ? this.#process.write(bytes) : this.#input.write(bytes)
  }

  consumed(offset: number): void {
    this.#consumed = Math.max(this.#consumed, Math.min(offset, this.#received))
    this.#process?.consumed(this.#fd, offset)
  }

  resize(size: TtySize): void {
    this.#size = size
    if (this.#state === 'open') this.#process?.resize(size)
  }

  signal(name: SignalName, target: SignalTarget = 'foreground'): void {
    if (this.#state === 'open') this.#process?.signal(name, target)
  }

  async detach(): Promise<void> {
    if (this.#state === 'open') await this.#process?.detach()
    this.#over({ how: 'detached' })
  }

  close(): void {
    this.#process?.cancel()
    this.#over({ how: 'closed' })
  }

  wake(): void {
    this.#wake()
  }

  #over(end: TerminalEnd): void {
    if (this.#state === 'ended') return
    this.#finish(end)
    this.#connection?.close()
  }

  async #run(): Promise<void> {
    while (this.#state !== 'ended') {
      try {
        return this.#over({ how: 'exited', exit: await this.#once() })
      } catch (error) {
        if (error === WOKEN) continue
        const final = this.#final(error)
        if (final) return this.#over({ how: 'lost', error: final })
      }
      await this.#pause()
    }
  }

  /** One connection, until the program has exited or the connection is gone. */
  async #once(): Promise<Exit> {
    this.#become('connecting')
    const connection = await this.#connect()
    this.#met = true
    this.#connection = connection
    void connection.closed.then(({ code }) => {
      if (code === WEBTTY_CLOSE.stopping) this.#stopped = true
    })
    try {
      const back = this.#resume !== undefined
      const process = this.#ask(connection)
      this.#process = process
      this.#opened = await process.opened
      this.#resume = this.#opened
      this.#attempt = 0
      this.#lostAt = 0
      this.#become('open')
      // Whoever comes back brings the own size: others may have held the terminal meanwhile.
      const size = this.#size ?? (back ? this.#request.tty : undefined)
      if (size) process.resize(size)
      return await process.exit
    } finally {
      this.#process = undefined
      this.#connection = undefined
      connection.close()
    }
  }

  /** Rejects with WOKEN when it is to be begun anew. */
  async #connect(): Promise<WebttyConnection> {
    const attempt = new AbortController()
    const stop = (): void => attempt.abort()
    this.#abort.signal.addEventListener('abort', stop)
    const woken = new Promise<never>((_, fail) => {
      this.#wake = () => {
        if (!this.#met) return
        fail(WOKEN)
        stop()
      }
    })
    try {
      return await Promise.race([this.#connectOver(attempt.signal), woken])
    } finally {
      this.#wake = () => {}
      this.#abort.signal.removeEventListener('abort', stop)
    }
  }

  /** What comes of it when nobody waits any more is closed. */
  async #connectOver(signal: AbortSignal): Promise<WebttyConnection> {
    const carrier = await this.#options.connect(signal)
    const leave = (): void => carrier.close(WEBTTY_CLOSE.done)
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave)
    try {
      return await connectWebtty(carrier, this.#options.hello)
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  #ask(connection: WebttyConnection): RemoteProcess {
    let old: OldQuestions | undefined
    const options = {
      input: this.#input,
      consumed: this.#consumed,
      // The machine keeps more than that of what was on its way when a command was cut off.
      ...(this.#fd === FD.stdout && { window: LIMITS.webttyWindow }),
      sink: {
        output: (fd: Fd, offset: number, bytes: Uint8Array) => {
          if (fd !== this.#fd) return this.#process?.consumed(fd, offset + bytes.length)
          if (fd !== FD.pty) return this.#hand(offset, bytes)
          old ??= new OldQuestions(this.#process?.answered ?? 0)
          const piece = old.feed(offset, bytes)
          this.#received = piece.offset + piece.bytes.length
          if (piece.bytes.length > 0 || bytes.length === 0) this.#options.sink.output(piece.offset, piece.bytes)
        },
        snapshot: (snapshot: Snapshot) => {
          old = undefined
          this.#received = snapshot.offset
          this.#consumed = snapshot.offset
          this.#options.sink.snapshot(snapshot)
        },
        drained: () => this.#options.sink.drained(),
      },
    }
    const resume = this.#resume
    if (!resume) return connection.open(this.#request, options)
    const { processId, resumeToken } = resume
    const offsets = { [this.#fd]: this.#received }
    // Who holds a terminal of another has no token, and comes back without one.
    return connection.attach({ processId, ...(resumeToken && { resumeToken }), offsets }, options)
  }

  /** Output of a command is handed on as it is: it asks no terminal. */
  #hand(offset: number, bytes: Uint8Array): void {
    this.#received = offset + bytes.length
    this.#options.sink.output(offset, bytes)
  }

  /** The error that no further attempt will cure. */
  #final(error: unknown): AppError | undefined {
    const known = error instanceof AppError ? error : new AppError('WEBTTY_LOST', { problem: String(error) })
    if (!this.#met || (!this.#opened && !isCut(known))) return known
    const now = performance.now()
    if (this.#lostAt === 0) this.#lostAt = now
    if (now - this.#lostAt > LIMITS.webttyGiveUpMs) return known
    // A server that stops ends all it runs.
    return this.#stopped || FINAL.has(known.code) || [401, 403].includes(known.row.http) ? known : undefined
  }

  async #pause(): Promise<void> {
    if (this.#state === 'ended') return
    this.#become('waiting')
    const { webttyRetryMinMs: least, webttyRetryMaxMs: most } = LIMITS
    const delay = Math.min(least * 2 ** this.#attempt++, most) * (this.#options.random ?? Math.random)()
    await new Promise<void>((done) => {
      const timer = setTimeout(done, delay)
      this.#wake = () => {
        clearTimeout(timer)
        done()
      }
    })
    this.#wake = () => {}
  }

  #become(state: TerminalState): void {
    if (this.#state === 'ended' || this.#state === state) return
    this.#state = state
    this.#options.sink.state(state)
  }
}

/** An attempt to connect was given up for the next one. */
const WOKEN = new Error('woken')
/** The machine answered, and has it no longer. */
const FINAL: ReadonlySet<string> = new Set(['PROCESS_UNKNOWN', 'PROCESS_CONFLICT', 'PROTOCOL_ERROR', 'INTERNAL'])
/** A first OPEN that was refused is not tried again. */
const isCut = ({ code }: AppError): boolean => code === 'WEBTTY_LOST'

const newProcessId = (): string => globalThis.crypto.randomUUID()

/**
 * Opens a terminal, and keeps it over cuts: it reconnects with growing delays for webttyGiveUpMs. Before the server has
 * said hello once, every error is final.
 */
export const openTerminal = (options: OpenTerminalOptions): Terminal => new ResumingTerminal(options)
