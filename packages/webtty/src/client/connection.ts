/** Owns a connection at the client: hello, streams, lists, pings (docs/protocol/webtty.md §5). */
import {
  copyOf,
  AppError,
  type AttachRequest,
  FD,
  type Fd,
  type FrameBodies,
  LIMITS,
  type MachineQuestion,
  type OpenRequest,
  type ProcessInfo,
  type ServerFacts,
  WEBTTY_CLOSE,
  WEBTTY_PROTOCOL,
  webttyCloseError,
  type WebttyFrame,
  WEBTTY_FRAMES,
} from '@towline/protocol'
import { E2E_TYPE } from '../e2e/channel/handshake-messages.ts'
import type { Carrier, CarrierEnd } from '../carrier/carrier.ts'
import { Heartbeat } from '../wire/heartbeat.ts'
import { CloseError, type FrameSink, readMessage } from '../wire/inbox.ts'
import { Outbox } from '../wire/outbox.ts'
import type { Input } from './input.ts'
import { MachineQuestions, type MachineReply } from './machine-questions.ts'
import type { WindowSize } from './output-window.ts'
import { RemoteProcess, type RemoteSink } from './remote-process.ts'

export interface ConnectOptions {
  /** The carrier is end-to-end encrypted and the server has proven itself. Without it a server that wants encryption is refused. */
  readonly secured?: boolean
  /** The error for a server that wants encryption and is not pinned. */
  readonly unproven?: (announcement?: Uint8Array) => AppError
  /** Program and version, for the log of the server. */
  readonly client?: string
}

export interface StreamOptions {
  readonly sink: RemoteSink
  /** Stays as it is. Default: by what is opened, how near the server is, and how fast its output is read. */
  readonly window?: number
  readonly input?: Input
  readonly consumed?: number
}

/** A connection to a webtty server. */
export interface WebttyConnection {
  readonly server: ServerFacts
  readonly closed: Promise<CarrierEnd>
  readonly roundTripMs: number
  /** Asks for a process; its `opened` tells when it is there. */
  open(request: OpenRequest, options: StreamOptions): RemoteProcess
  /** Asks to come back to one. The keys of `offsets` are the outputs that are wanted. */
  attach(request: AttachRequest, options: StreamOptions): RemoteProcess
  list(): Promise<readonly ProcessInfo[]>
  /** Asks about services of the machine. Rejects with EXPOSE_UNSUPPORTED where the server is too old, else with its refusal. */
  ask(question: MachineQuestion): Promise<MachineReply>
  /** Asks a server that was quiet for a while whether it is there; one that does not answer in webttyProbeMs is given up. */
  probe(): void
  close(): void
}

/** See {@link connectWebtty}. */
class Connection implements WebttyConnection {
  readonly closed: Promise<CarrierEnd>
  readonly ready: Promise<WebttyConnection>
  readonly #carrier: Carrier
  readonly #outbox: Outbox
  readonly #options: ConnectOptions
  readonly #streams = new Map<number, RemoteProcess>()
  readonly #heartbeat: Heartbeat
  readonly #startedAt = performance.now()
  #helloMs = 0
  #lastStream = 0
  #server: ServerFacts | undefined
  #features: readonly string[] = []
  readonly #questions = new MachineQuestions((body) => this.#outbox.control({ name: 'ask', stream: 0, body }))
  #end: CarrierEnd | undefined
  #listed: ProcessInfo[] = []
  #listing:
    | {
        readonly promise: Promise<readonly ProcessInfo[]>
        done(list: readonly ProcessInfo[]): void
        fail(error: AppError): void
      }
    | undefined
  #onReady!: (connection: WebttyConnection) => void
  #onFailed!: (error: AppError) => void

  constructor(carrier: Carrier, options: ConnectOptions) {
    this.#carrier = carrier
    this.#options = options
    this.#outbox = new Outbox(carrier, () => {})
    this.#heartbeat = new Heartbeat({ carrier, outbox: this.#outbox, greeted: () => this.#server !== undefined })
    this.ready = new Promise((done, fail) => {
      this.#onReady = done
      this.#onFailed = fail
    })
    this.closed = new Promise((done) => {
      carrier.sink = {
        message: (bytes) => this.#onMessage(bytes),
        drained: () => this.#outbox.drained(),
        closed: (end) => {
          this.#onClosed(end)
          done(end)
        },
      }
    })
    const client = options.client === undefined ? {} : { client: options.client }
    this.#outbox.control({ name: 'hello', stream: 0, body: { protocol: WEBTTY_PROTOCOL, features: [], ...client } })
    carrier.resume()
  }

  get server(): ServerFacts {
    return this.#server as ServerFacts
  }

  get roundTripMs(): number {
    return this.#heartbeat.roundTripMs ?? this.#helloMs
  }

  open(request: OpenRequest, options: StreamOptions): RemoteProcess {
    const offsets = request.kind === 'pty' ? { [FD.pty]: 0 } : { [FD.stdout]: 0, [FD.stderr]: 0 }
    return this.#ask(this.#stream(offsets, options), 'open', request)
  }

  attach(request: AttachRequest, options: StreamOptions): RemoteProcess {
    return this.#ask(this.#stream(request.offsets, options), 'attach', request)
  }

  /** What a server would refuse is not sent: the stream of that process fails alone. */
  #ask<Name extends 'open' | 'attach'>(process: RemoteProcess, name: Name, body: FrameBodies[Name]): RemoteProcess {
    const frame = { name, stream: process.id, body } as WebttyFrame
    const { length } = WEBTTY_FRAMES[name].encode(body)
    if (length > LIMITS.webttyFrameBytes) {
      process.end(new AppError('PAYLOAD_TOO_LARGE', { limit: LIMITS.webttyFrameBytes }))
      return process
    }
    this.#outbox.control(frame)
    process.grantAll()
    return process
  }

  list(): Promise<readonly ProcessInfo[]> {
    if (this.#listing) return this.#listing.promise
    if (this.#end) return Promise.reject(lost(this.#end))
    this.#outbox.control({ name: 'list', stream: 0, body: null })
    let done!: (list: readonly ProcessInfo[]) => void
    let fail!: (error: AppError) => void
    const promise = new Promise<readonly ProcessInfo[]>((onDone, onFail) => {
      done = onDone
      fail = onFail
    })
    this.#listing = { promise, done, fail }
    return promise
  }

  ask(question: MachineQuestion): Promise<MachineReply> {
    return this.#end ? Promise.reject(lost(this.#end)) : this.#questions.ask(question, this.#features)
  }

  probe(): void {
    this.#heartbeat.probe()
  }

  close(): void {
    this.#outbox.flush()
    this.#carrier.close(WEBTTY_CLOSE.done, '')
  }

  #stream(offsets: Readonly<Partial<Record<Fd, number>>>, { window, ...options }: StreamOptions): RemoteProcess {
    const process = new RemoteProcess({
      ...options,
      id: ++this.#lastStream,
      outbox: this.#outbox,
      window: window === undefined ? this.#window(offsets) : { least: window, most: window },
      offsets,
      onOver: ({ id }) => this.#streams.delete(id),
    })
    if (this.#end) process.end(lost(this.#end))
    else this.#streams.set(process.id, process)
    return process
  }

  #window(offsets: object): WindowSize {
    if (!(FD.pty in offsets)) return { least: LIMITS.webttyWindowExec, most: LIMITS.webttyWindowExecMax }
    const least = this.roundTripMs < LIMITS.webttyNearMs ? LIMITS.webttyWindowNear : LIMITS.webttyWindow
    return { least, most: LIMITS.webttyWindowMax }
  }

  #onMessage(bytes: Uint8Array): void {
    this.#heartbeat.heard()
    if (!this.#server && !this.#options.secured && bytes[0] === E2E_TYPE.handshake) {
      this.#onFailed(this.#unproven(bytes))
      return this.#carrier.close(WEBTTY_CLOSE.done, '')
    }
    try {
      readMessage(bytes, 'server', this.#frames)
    } catch (error) {
      if (!(error instanceof CloseError)) throw error
      this.#carrier.close(error.end.code, error.end.reason)
    }
  }

  readonly #frames: FrameSink = {
    frame: (frame) => {
      if (!this.#end) this.#onFrame(frame)
    },
    // A server whose frames cannot be read is not to be believed in others.
    broken: (name, _stream, error) => {
      throw new CloseError(WEBTTY_CLOSE.protocol, `${name}: ${String(error.details['problem'])}`)
    },
  }

  #onFrame(frame: WebttyFrame): void {
    if (frame.name === 'hello') return this.#onHello(frame.body)
    if (!this.#server) throw new CloseError(WEBTTY_CLOSE.protocol, `${frame.name} before hello`)
    if (frame.name === 'ping') return this.#outbox.control({ name: 'pong', stream: 0, body: copyOf(frame.body) })
    if (frame.name === 'pong') return this.#heartbeat.answered(frame.body)
    if (frame.name === 'processes') return this.#onProcesses(frame.body.processes, frame.body.last)
    if (frame.name === 'answer') return this.#questions.answered(frame.body)
    if (frame.stream > this.#lastStream)
      throw new CloseError(WEBTTY_CLOSE.protocol, `${frame.name} on a stream that was never opened`)
    // What was under way when a stream ended means nothing.
    this.#streams.get(frame.stream)?.receive(frame)
  }

  #onHello({ server, features }: FrameBodies['hello']): void {
    if (this.#server || !server) throw new CloseError(WEBTTY_CLOSE.protocol, 'a hello out of place')
    if (server.e2e && !this.#options.secured) {
      this.#onFailed(this.#unproven())
      return this.#carrier.close(WEBTTY_CLOSE.done, '')
    }
    this.#server = server
    this.#features = features
    this.#helloMs = performance.now() - this.#startedAt
    this.#onReady(this)
  }

  #unproven(message?: Uint8Array): AppError {
    const { unproven } = this.#options
    return unproven
      ? unproven(message)
      : new AppError('WEBTTY_LOST', { problem: 'the server wants end-to-end encryption' })
  }

  #onProcesses(processes: readonly ProcessInfo[], last: boolean): void {
    if (!this.#listing) return
    this.#listed.push(...processes)
    if (this.#listed.length > MOST_LISTED) throw new CloseError(WEBTTY_CLOSE.protocol, 'a list without an end')
    if (!last) return
    const { done } = this.#listing
    this.#listing = undefined
    done(this.#listed)
    this.#listed = []
  }

  #onClosed(end: CarrierEnd): void {
    this.#end = end
    this.#heartbeat.stop()
    const error = lost(end)
    const problem = told(end)
    const unproven = end.code === WEBTTY_CLOSE.forbidden && !this.#options.secured
    this.#onFailed(unproven ? this.#unproven() : new AppError(webttyCloseError(end.code), { problem }))
    this.#listing?.fail(error)
    this.#questions.fail(error)
    for (const process of [...this.#streams.values()]) process.end(error)
  }
}

const MOST_LISTED = 10_000

const told = ({ code, reason }: CarrierEnd): string =>
  reason === '' ? `the connection was closed with ${code}` : reason

const lost = (end: CarrierEnd): AppError => new AppError('WEBTTY_LOST', { problem: told(end) })

/**
 * Says hello over `carrier` and waits for the server's, before which nothing else is sent. Rejects with WEBTTY_LOST,
 * PROTOCOL_ERROR or UNAUTHENTICATED.
 */
export const connectWebtty = (carrier: Carrier, options: ConnectOptions = {}): Promise<WebttyConnection> =>
  new Connection(carrier, options).ready
