/** Owns one process of a connection at the client: what it prints by offset, what it is sent, and how it ends. */
import {
  copyOf,
  AppError,
  type Exit,
  FD,
  type Fd,
  LIMITS,
  type Opened,
  type SignalName,
  type SignalTarget,
  type SnapshotPart,
  type TtySize,
  type WebttyFrame,
} from '@towline/protocol'
import { CloseError } from '../wire/inbox.ts'
import { WEBTTY_CLOSE } from '@towline/protocol'
import type { Outbox } from '../wire/outbox.ts'
import { Input } from './input.ts'
import { OutputWindow, type WindowSize } from './output-window.ts'

/** What a terminal shows at `offset`; bytes from there on follow. */
export interface Snapshot {
  readonly offset: number
  readonly cols: number
  readonly rows: number
  /** UTF-8 with control sequences; the screen is to be cleared before it. */
  readonly data: Uint8Array
}

/** What whoever asked for a process hears. */
export interface RemoteSink {
  /** Bytes of `fd` from absolute `offset` on, each once. A jump ahead, also with no bytes, means that what is between is no longer kept. `bytes` is valid only during the call. */
  output(fd: Fd, offset: number, bytes: Uint8Array): void
  snapshot?(snapshot: Snapshot): void
  ended?(fd: Fd, finalOffset: number): void
  /** `write` answered false before and takes more now. */
  drained?(): void
}

export interface RemoteOptions {
  readonly id: number
  readonly outbox: Outbox
  readonly sink: RemoteSink
  /** Unconsumed bytes that the host may send of each output. */
  readonly window: WindowSize
  /** Where to go on, for each output that is asked for. */
  readonly offsets: Readonly<Partial<Record<Fd, number>>>
  /** Of the terminal, or of standard output, when output before the offset is not yet drawn. */
  readonly consumed?: number
  /** Carries over what was not confirmed before a cut. */
  readonly input?: Input
  readonly onOver: (process: RemoteProcess) => void
}

/** A process on the other machine. */
export class RemoteProcess {
  /** Rejects with the AppError that ended the stream before the process was there. */
  readonly opened: Promise<Opened>
  /** After all output. Rejects when it cannot be known: WEBTTY_LOST, or what the host said. */
  readonly exit: Promise<Exit>
  readonly #options: RemoteOptions
  readonly #outputs = new Map<Fd, OutputWindow>()
  readonly #input: Input
  #snapshot: Uint8Array[] = []
  #snapshotBytes = 0
  #onOpened!: (opened: Opened) => void
  #onExit!: (exit: Exit) => void
  #onDetached: ((heard: boolean) => void) | undefined
  #awaitingSent: { readonly done: () => void; readonly fail: (error: AppError) => void }[] = []
  #processId = ''
  #answered = 0
  /** Why no input is taken. */
  #noInput: AppError | undefined
  #fail!: (error: AppError) => void
  #isOpen = false
  #over = false

  constructor(options: RemoteOptions) {
    this.#options = options
    this.#input = options.input ?? new Input()
    this.#input.restart()
    this.opened = new Promise((done, fail) => {
      this.#onOpened = done
      this.#fail = fail
    })
    this.exit = new Promise((done, fail) => {
      this.#onExit = done
      const failOpened = this.#fail
      this.#fail = (error) => {
        failOpened(error)
        fail(error)
      }
    })
    // Each may go unheard.
    this.opened.catch(() => {})
    this.exit.catch(() => {})
    for (const [key, offset] of Object.entries(options.offsets)) this.#begin(Number(key) as Fd, offset)
    const first = this.#outputs.get(FD.pty) ?? this.#outputs.get(FD.stdout)
    if (first) first.consumed = Math.min(options.consumed ?? first.consumed, first.consumed)
  }

  get id(): number {
    return this.#options.id
  }

  /** See {@link Opened}; 0 before it is open. */
  get answered(): number {
    return this.#answered
  }

  /** Where to go on after a cut: the next byte of each output. */
  get offsets(): Readonly<Partial<Record<Fd, number>>> {
    return Object.fromEntries([...this.#outputs].map(([fd, { received }]) => [fd, received]))
  }

  // What the caller does; harmless when it is over

  /** The caller has done with output of `fd` up to `offset`, so that more may come. */
  consumed(fd: Fd, offset: number): void {
    const output = this.#outputs.get(fd)
    if (!output || this.#over) return
    output.consumed = Math.max(output.consumed, Math.min(offset, output.received))
    this.#grant(fd, output)
  }

  /** Copies `bytes` and sends them as granted. False asks to stop until `drained`. */
  write(bytes: Uint8Array): boolean {
    const more = this.#input.write(bytes)
    this.#sendInput()
    return more
  }

  endInput(): void {
    this.#input.finish()
    this.#sendInput()
  }

  /**
   * Settles when all that was written is sent. Rejects with PROCESS_TAKES_NO_INPUT, or why it was over before. What is sent
   * before `detach` has arrived when that answers true.
   */
  inputSent(): Promise<void> {
    return new Promise((done, fail) => {
      this.#awaitingSent.push({ done, fail })
      if (this.#noInput) this.#sent(this.#noInput)
      else this.#sendInput()
    })
  }

  resize(size: TtySize): void {
    this.#send({ name: 'resize', stream: this.id, body: size })
  }

  signal(name: SignalName, target: SignalTarget = 'group'): void {
    this.#send({ name: 'signal', stream: this.id, body: { name, target } })
  }

  /** Leaves the process running. Answers whether the host has heard it; otherwise `exit` tells what came before. */
  detach(): Promise<boolean> {
    if (this.#over) return Promise.resolve(false)
    this.#send({ name: 'detach', stream: this.id, body: null })
    return new Promise((done) => {
      this.#onDetached = done
    })
  }

  /** Ends the process; `exit` rejects with WEBTTY_LOST. */
  cancel(): void {
    this.#send({
      name: 'reset',
      stream: this.id,
      body: { code: 'CANCELLED', message: 'the client wants it no longer' },
    })
    this.end(new AppError('WEBTTY_LOST', { problem: 'it was cancelled' }))
  }

  // What the connection hands on

  receive(frame: WebttyFrame): void {
    switch (frame.name) {
      case 'opened':
        this.#isOpen = true
        this.#processId = frame.body.processId
        this.#answered = frame.body.answered ?? 0
        return this.#onOpened(frame.body)
      case 'data':
        return this.#onData(frame.body)
      case 'credit':
        return this.#onCredit(frame.body)
      case 'eof':
        return this.#onEnded(frame.body)
      case 'snapshot':
        return this.#onSnapshot(frame.body)
      case 'exit':
        this.#onExit(frame.body)
        this.#refuseInput('it has ended.')
        return this.end(new AppError('WEBTTY_LOST', { problem: 'it has ended' }))
      case 'reset':
        return this.end(AppError.from(frame.body))
      case 'detach':
        this.#onDetached?.(true)
        return this.end(new AppError('WEBTTY_LOST', { problem: 'it was left running' }))
      default:
        throw broken(`${frame.name} on an open stream`)
    }
  }

  /** Nothing more comes; who waits for something hears `error`. */
  end(error: AppError): void {
    if (this.#over) return
    this.#over = true
    this.#options.onOver(this)
    this.#onDetached?.(false)
    this.#noInput ??= error
    this.#sent(error)
    this.#fail(error)
  }

  #onEnded({ fd, offset }: { readonly fd: Fd; readonly offset: number }): void {
    if (fd !== FD.stdin) return this.#options.sink.ended?.(fd, offset)
    this.#refuseInput('it was started without any, or its input was ended.')
  }

  #refuseInput(problem: string): void {
    this.#noInput ??= new AppError('PROCESS_TAKES_NO_INPUT', { id: this.#processId, problem })
    this.#sent(this.#noInput)
  }

  /** Tells those who wait for their input to be sent. */
  #sent(error?: AppError): void {
    const waiting = this.#awaitingSent
    this.#awaitingSent = []
    for (const { done, fail } of waiting) {
      if (error) fail(error)
      else done()
    }
  }

  #onData({ fd, offset, bytes }: { readonly fd: Fd; readonly offset: number; readonly bytes: Uint8Array }): void {
    const output = this.#outputs.get(fd)
    const end = offset + bytes.length
    if (!output) throw broken(`output of fd ${fd}, which was not asked for`)
    if (bytes.length > 0 && end > output.granted) throw broken('output that was not granted')
    if (end < output.received || (end === output.received && bytes.length > 0)) return
    const fresh = offset >= output.received ? bytes : bytes.subarray(output.received - offset)
    const usedUp = end === output.granted
    output.received = end
    if (bytes.length === 0) output.consumed = end
    this.#options.sink.output(fd, end - fresh.length, fresh)
    if (usedUp) output.usedUp()
    if (usedUp || bytes.length === 0) this.#grant(fd, output)
  }

  #onSnapshot({ offset, cols, rows, last, bytes }: SnapshotPart): void {
    this.#snapshotBytes += bytes.length
    if (this.#snapshotBytes > LIMITS.webttySnapshotBytes) throw broken('a snapshot that is too long')
    this.#snapshot.push(copyOf(bytes))
    if (!last) return
    const data = joined(this.#snapshot, this.#snapshotBytes)
    this.#snapshot = []
    this.#snapshotBytes = 0
    const output = this.#begin(FD.pty, offset)
    this.#options.sink.snapshot?.({ offset, cols, rows, data })
    this.#grant(FD.pty, output)
  }

  #onCredit({ fd, max, received }: { readonly fd: Fd; readonly max: number; readonly received: number }): void {
    if (fd !== FD.stdin) throw broken(`credit for fd ${fd} from the host`)
    const drained = this.#input.confirm(max, received)
    this.#sendInput()
    if (drained) this.#options.sink.drained?.()
  }

  #sendInput(): void {
    if (!this.#isOpen || this.#over) return
    for (let part = this.#input.next(); part; part = this.#input.next()) {
      this.#options.outbox.urgent(this.id, { fd: FD.stdin, ...part })
    }
    const offset = this.#input.end()
    if (offset !== undefined) this.#send({ name: 'eof', stream: this.id, body: { fd: FD.stdin, offset } })
    if (this.#input.allSent) this.#sent()
  }

  /** Goes on at `offset`; the first grant goes out with what opens the stream. */
  #begin(fd: Fd, offset: number): OutputWindow {
    const output = new OutputWindow(offset, this.#options.window)
    this.#outputs.set(fd, output)
    return output
  }

  /** Sent with what opens the stream. */
  grantAll(): void {
    for (const [fd, output] of this.#outputs) this.#grant(fd, output)
  }

  #grant(fd: Fd, output: OutputWindow): void {
    const max = output.nextGrant()
    if (max === undefined) return
    this.#send({ name: 'credit', stream: this.id, body: { fd, max, received: output.received } })
  }

  #send(frame: WebttyFrame): void {
    if (!this.#over) this.#options.outbox.control(frame)
  }
}

const broken = (problem: string): CloseError => new CloseError(WEBTTY_CLOSE.protocol, problem)

const joined = (parts: readonly Uint8Array[], total: number): Uint8Array => {
  const bytes = new Uint8Array(total)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
