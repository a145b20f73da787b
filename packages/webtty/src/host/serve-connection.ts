/** Owns a connection at the host: frames of a peer in, processes of a `Sessions` behind them (docs/protocol/webtty.md §5). */
import { type Log, newId } from '@towline/base'
import {
  copyOf,
  AppError,
  type AttachRequest,
  EXPOSE_FEATURE,
  LIMITS,
  type MachineAsk,
  type OpenRequest,
  type ServerFacts,
  WEBTTY_CLOSE,
  WEBTTY_PROTOCOL,
  type WebttyFrame,
} from '@towline/protocol'
import type { Carrier, CarrierEnd } from '../carrier/carrier.ts'
import type { Revocation } from '../e2e/server.ts'
import type { Party } from '../session/rights.ts'
import type { Participation, Sessions } from '../session/session-types.ts'
import { Heartbeat } from '../wire/heartbeat.ts'
import { CloseError, type FrameSink, readMessage } from '../wire/inbox.ts'
import { Outbox } from '../wire/outbox.ts'
import type { Exposer } from './exposer.ts'
import { HostStream, type StreamHost } from './host-stream.ts'
import { MachineAsks } from './machine-asks.ts'
import { processPages } from './process-pages.ts'

/** What a peer asks for, so that who may do what can be decided. */
export type Ask =
  | { readonly use: 'open'; readonly request: OpenRequest }
  | { readonly use: 'attach'; readonly request: AttachRequest }
  | { readonly use: 'list' }
  | { readonly use: 'machine'; readonly request: MachineAsk }

export interface ServeConnectionOptions {
  readonly carrier: Carrier
  readonly sessions: Sessions
  readonly facts: ServerFacts
  readonly log: Log
  /** Opens tunnels to services of this machine; without one such questions are refused with EXPOSE_UNSUPPORTED. */
  readonly exposer?: Exposer
  /** Throws AppError for what this peer may not do. */
  readonly permit?: (ask: Ask) => void
  /** Who the peer has proven to be; absent where clients are not told apart. */
  readonly by?: Party
}

/** A connection that is being served. */
export interface ServedConnection {
  readonly closed: Promise<CarrierEnd>
  /** Every process that this peer has open hears that it is cut off. */
  close(code: number, reason: string): void
}

/** See {@link serveConnection}. */
class HostConnection implements ServedConnection, StreamHost {
  readonly closed: Promise<CarrierEnd>
  readonly outbox: Outbox
  readonly #options: ServeConnectionOptions
  readonly #streams = new Map<number, HostStream>()
  /** Streams that want to ask for output, in the order of their turns. */
  readonly #wanting = new Set<HostStream>()
  readonly #heartbeat: Heartbeat
  readonly #asks: MachineAsks
  #lastStream = 0
  #greeted = false
  #listing = false
  #pumping = false
  #over = false

  constructor(options: ServeConnectionOptions) {
    const { carrier } = options
    this.#options = options
    this.outbox = new Outbox(carrier, () => this.#pump())
    this.#heartbeat = new Heartbeat({ carrier, outbox: this.outbox, greeted: () => this.#greeted })
    this.closed = new Promise((done) => {
      carrier.sink = {
        message: (bytes) => this.#onMessage(bytes),
        drained: () => this.outbox.drained(),
        closed: (end) => {
          this.#onClosed(end)
          done(end)
        },
      }
    })
    const { facts, exposer, by, permit } = options
    this.#asks = new MachineAsks({
      exposer,
      by,
      permit: (request) => permit?.({ use: 'machine', request }),
      send: (body) => this.outbox.control({ name: 'answer', stream: 0, body }),
      told: (error) => this.#told(error),
    })
    const features = exposer ? [EXPOSE_FEATURE] : []
    this.outbox.control({ name: 'hello', stream: 0, body: { protocol: WEBTTY_PROTOCOL, features, server: facts } })
    carrier.resume()
  }

  close(code: number, reason: string): void {
    this.outbox.flush()
    this.#options.carrier.close(code, reason)
  }

  quantum(): number {
    const share = LIMITS.webttyQueuedBytes / (2 * Math.max(this.#streams.size, 1))
    return Math.min(Math.max(share, LEAST_BYTES), LIMITS.webttyBatchBytes)
  }

  wants(stream: HostStream): void {
    this.#wanting.add(stream)
    if (this.#pumping) return
    this.#pumping = true
    queueMicrotask(() => {
      this.#pumping = false
      this.#pump()
    })
  }

  over(stream: HostStream): void {
    this.#streams.delete(stream.id)
    this.#wanting.delete(stream)
  }

  /** Each stream in its turn, as long as there is room. */
  #pump(): void {
    if (this.#listing && this.outbox.room) this.#list()
    for (const stream of this.#wanting) {
      if (!this.outbox.room) return
      this.#wanting.delete(stream)
      this.#guard(stream, () => stream.ask())
    }
  }

  #onMessage(bytes: Uint8Array): void {
    this.#heartbeat.heard()
    try {
      readMessage(bytes, 'client', this.#frames)
    } catch (error) {
      this.#closeBy(error)
    }
  }

  readonly #frames: FrameSink = {
    frame: (frame) => {
      if (!this.#over) this.#onFrame(frame)
    },
    broken: (name, id, error) => {
      if (this.#over) return
      if (name === 'open' || name === 'attach') this.#fresh(id)
      const stream = this.#streams.get(id)
      if (stream) return stream.fail(error)
      const { code, message, details } = error
      this.outbox.control({ name: 'reset', stream: id, body: { code, message, details } })
    },
  }

  /** A stream id is used once, and they grow. */
  #fresh(id: number): void {
    if (id <= this.#lastStream) throw new CloseError(WEBTTY_CLOSE.protocol, `stream ${id} a second time`)
    this.#lastStream = id
  }

  #closeBy(error: unknown): void {
    if (error instanceof CloseError) return this.close(error.end.code, error.end.reason)
    this.close(WEBTTY_CLOSE.internal, `error id ${this.#bug(error)}`)
  }

  #onFrame(frame: WebttyFrame): void {
    if (!this.#greeted && frame.name !== 'hello')
      throw new CloseError(WEBTTY_CLOSE.protocol, `${frame.name} before hello`)
    switch (frame.name) {
      case 'hello':
        if (this.#greeted) throw new CloseError(WEBTTY_CLOSE.protocol, 'a second hello')
        this.#greeted = true
        return
      case 'ping':
        return this.outbox.control({ name: 'pong', stream: 0, body: copyOf(frame.body) })
      case 'pong':
        return this.#heartbeat.answered(frame.body)
      case 'list':
        this.#listing = true
        return this.#pump()
      case 'ask':
        return this.#asks.receive(frame.body)
      case 'open':
      case 'attach':
        return this.#onOpen(frame)
      default:
        return this.#onStreamFrame(frame)
    }
  }

  #onStreamFrame(frame: WebttyFrame): void {
    const stream = this.#streams.get(frame.stream)
    if (stream) return this.#guard(stream, () => stream.receive(frame))
    // What was under way when a stream ended means nothing.
    if (frame.stream > this.#lastStream)
      throw new CloseError(WEBTTY_CLOSE.protocol, `${frame.name} on a stream that was never opened`)
  }

  #onOpen(frame: WebttyFrame & { readonly name: 'open' | 'attach' }): void {
    this.#fresh(frame.stream)
    const stream = new HostStream(frame.stream, this, frame.name === 'attach' ? frame.body.offsets : {})
    const full = this.#streams.size >= LIMITS.webttyStreams
    this.#streams.set(stream.id, stream)
    this.#guard(stream, () => {
      if (full) throw new AppError('LIMIT_REACHED', { limit: 'webttyStreams', value: LIMITS.webttyStreams })
      this.#start(frame, stream).then(
        (participation) => this.#guard(stream, () => stream.opened(participation)),
        (error: unknown) => stream.fail(this.#told(error)),
      )
    })
  }

  async #start(frame: WebttyFrame & { readonly name: 'open' | 'attach' }, sink: HostStream): Promise<Participation> {
    const { sessions, permit, by } = this.#options
    if (frame.name === 'open') {
      permit?.({ use: 'open', request: frame.body })
      return sessions.open(frame.body, sink, by)
    }
    permit?.({ use: 'attach', request: frame.body })
    return sessions.attach({ ...frame.body, sink, by })
  }

  /** A stream that fails ends alone. */
  #guard(stream: HostStream, run: () => void): void {
    try {
      run()
    } catch (error) {
      stream.fail(this.#told(error))
    }
  }

  #told(error: unknown): AppError {
    return error instanceof AppError ? error : new AppError('INTERNAL', { id: this.#bug(error) })
  }

  #bug(error: unknown): string {
    const id = newId('err')
    this.#options.log.error({ err: error, id }, 'a webtty connection failed')
    return id
  }

  #list(): void {
    this.#listing = false
    try {
      const { permit, sessions, by } = this.#options
      permit?.({ use: 'list' })
      for (const body of processPages(sessions.list(by))) {
        this.outbox.ordered({ name: 'processes', stream: 0, body })
      }
    } catch (error) {
      if (!(error instanceof AppError)) return this.#closeBy(error)
      this.outbox.ordered({ name: 'processes', stream: 0, body: { processes: [], last: true } })
    }
  }

  #onClosed({ code, reason }: CarrierEnd): void {
    this.#over = true
    this.#heartbeat.stop()
    this.#asks.close()
    const gone = code === WEBTTY_CLOSE.revoked && reason !== ROLES_CHANGED
    for (const stream of [...this.#streams.values()]) stream.end(gone ? 'revoked' : 'cut')
  }
}

/** Reason of a close with 4411 after which the client is still let in. */
const ROLES_CHANGED: Revocation = 'changed'

/** What each of many streams may still ask for. */
const LEAST_BYTES = 4096

/** Serves the frames of a peer until its carrier is closed. HELLO goes out at once. */
export const serveConnection = (options: ServeConnectionOptions): ServedConnection => new HostConnection(options)
