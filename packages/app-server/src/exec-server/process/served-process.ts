/** Owns one process of a session: numbers what happens to it, tells the client, and keeps it for one that comes back. */
import { constants } from 'node:os'
import {
  type BareProcess,
  type BareSink,
  type Fd,
  LIMITS,
  type ProcessEvents,
  type ReadParams,
  type ReadResult,
  type WriteResult,
} from '@towline/protocol'
import { DenialEar } from './denied.ts'
import { OutputRing } from './output-ring.ts'

/** Where the events of a process go. */
export interface Audience {
  /** Whether a client was there to be told. */
  tell<Name extends keyof ProcessEvents>(name: Name, event: ProcessEvents[Name]): boolean
  /** The client has more to read than it should. */
  readonly congested: boolean
  /** Once, when all is told. */
  over(processId: string): void
}

export interface ServedOptions {
  readonly processId: string
  readonly audience: Audience
  readonly sandboxed: boolean
  /** Has an input. */
  readonly input: boolean
}

/** What a shell answers for a command that a signal ended. */
const BY_SIGNAL = 128

export class ServedProcess implements BareSink {
  readonly #options: ServedOptions
  readonly #ring = new OutputRing()
  readonly #ear: DenialEar | undefined
  readonly #writeIds = new Set<string>()
  readonly #waiting = new Set<() => void>()
  #writing: Promise<void> = Promise.resolve()
  #untaken = 0
  #taker: (() => void) | undefined
  #running: BareProcess | undefined
  #seq = 0
  #exitCode: number | undefined
  #closed = false
  #denied = false
  /** It is to end, even if it is only about to start. */
  #unwanted = false

  constructor(options: ServedOptions) {
    this.#options = options
    this.#ear = options.sandboxed ? new DenialEar() : undefined
  }

  began(running: BareProcess): void {
    this.#running = running
    this.steer()
    if (this.#unwanted) void running.end(LIMITS.execServerKillGraceMs)
  }

  get running(): boolean {
    return this.#exitCode === undefined
  }

  /** Lets output flow while it can be sent, or kept for a client that is away. */
  steer(): void {
    if (this.#options.audience.congested || this.#ring.full) this.#running?.pause()
    else this.#running?.resume()
  }

  // What happens to it

  output(fd: Fd, bytes: Uint8Array): void {
    const { processId, audience } = this.#options
    const chunk = this.#ring.add(++this.#seq, fd, bytes)
    this.#ear?.hear(bytes)
    if (audience.tell('process/output', { processId, ...chunk })) this.#ring.sent(chunk.seq)
    this.steer()
    this.#wake()
  }

  taken(count: number): void {
    this.#untaken -= count
    if (this.#untaken < LIMITS.execServerStdinBytes) this.#taker?.()
  }

  exited(code: number | null, signal: string | null): void {
    const { processId, audience } = this.#options
    const exitCode = code ?? BY_SIGNAL + (constants.signals[signal as NodeJS.Signals] ?? 0)
    this.#exitCode = exitCode
    this.#denied = this.#ear?.denied(exitCode) ?? false
    this.#taker?.()
    audience.tell('process/exited', { processId, seq: ++this.#seq, exitCode, sandboxDenied: this.#denied })
    this.#closed = true
    audience.tell('process/closed', { processId, seq: ++this.#seq })
    this.#wake()
    audience.over(processId)
  }

  // What is asked of it

  async read({ afterSeq, maxBytes, waitMs }: ReadParams): Promise<ReadResult> {
    const after = afterSeq ?? 0
    this.#ring.sent(after)
    this.steer()
    if (this.#seq <= after && !this.#closed) await this.#news(Math.min(waitMs ?? 0, LIMITS.execServerWaitMs))
    const chunks = this.#ring.after(after, maxBytes ?? LIMITS.execServerOutputBytes)
    const newest = chunks.at(-1)?.seq
    const whole = newest === undefined || this.#ring.after(newest, 1).length === 0
    return {
      chunks,
      nextSeq: (whole ? this.#seq : newest) + 1,
      exited: whole && this.#exitCode !== undefined,
      exitCode: whole ? (this.#exitCode ?? null) : null,
      closed: whole && this.#closed,
      failure: null,
      sandboxDenied: this.#denied,
    }
  }

  /** Those that come while one waits are written after it. */
  async write(bytes: Uint8Array, writeId: string | undefined): Promise<WriteResult> {
    if (!this.#options.input || this.#exitCode !== undefined) return { status: 'stdinClosed' }
    if (this.#running === undefined) return { status: 'starting' }
    if (writeId !== undefined && this.#writeIds.has(writeId)) return { status: 'accepted' }
    if (writeId !== undefined) this.#remember(writeId)
    const turn = this.#writing.then(async () => {
      while (this.#untaken >= LIMITS.execServerStdinBytes && this.running) await this.#room()
      this.#untaken += bytes.length
      this.#running?.write(bytes)
    })
    this.#writing = turn
    await turn
    return { status: 'accepted' }
  }

  interrupt(): void {
    this.#running?.interrupt()
  }

  /** Answers whether it ran. */
  end(): boolean {
    if (!this.running) return false
    this.#unwanted = true
    void this.#running?.end(LIMITS.execServerKillGraceMs)
    return true
  }

  /** Settles when it is gone, and asks nobody to read what it said. */
  async close(): Promise<void> {
    this.#unwanted = true
    this.#running?.resume()
    if (this.running) await this.#running?.end(LIMITS.execServerKillGraceMs)
    this.#wake()
  }

  #remember(writeId: string): void {
    this.#writeIds.add(writeId)
    const [oldest] = this.#writeIds
    if (this.#writeIds.size > LIMITS.execServerWriteIds && oldest !== undefined) this.#writeIds.delete(oldest)
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#taker = () => {
        this.#taker = undefined
        resolve()
      }
    })
  }

  #news(waitMs: number): Promise<void> {
    if (waitMs <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, waitMs)
      this.#waiting.add(done)
    })
  }

  #wake(): void {
    for (const done of this.#waiting) done()
  }
}
