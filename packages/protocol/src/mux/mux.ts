/** Owns the streams of one link: opening, taking turns, credit, ping, and the end of all (docs/protocol/mux.md). */
import type { Part, Sink, Slab } from '../channel.ts'
import { AppError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { type ControlMessage, PREFACE, type StreamOpen } from '../link/messages.ts'
import { parseControl, parseStreamOpen } from '../link/validate.ts'
import { RESET } from '../reset.ts'
import type { MuxCore } from './core.ts'
import { Decoder, type FrameSink } from './decoder.ts'
import { FRAME, getU32 } from './frame.ts'
import { type Defer, type LinkOut, Outbox } from './outbox.ts'
import { PingClock } from './ping-clock.ts'
import { PrefaceReader } from './preface.ts'
import { MuxStream } from './stream.ts'
import { LinkBudget } from './window.ts'

/** What a mux needs and whom it tells. Callbacks after `onClosed` do not come. */
export interface MuxOptions {
  /** The client speaks first (preface) and opens odd streams; the engine opens even ones. */
  readonly role: 'client' | 'engine'
  readonly limits: Limits
  readonly out: LinkOut
  readonly defer: Defer
  readonly now: () => number
  /** The peer opened a stream. It is paused: set its sink and resume it, or reset it. */
  onStream(stream: MuxStream, open: StreamOpen): void
  onControl(message: ControlMessage): void
  /** Once, last, after every stream was told. `error` is undefined when the link ended in order. */
  onClosed(error?: AppError): void
}

const text = new TextEncoder()
/** The first pings follow each other at once: a single one may meet code that has never run, and the windows follow the shortest. */
const FIRST_PINGS = 4
/** A link that moved less since the ping before has no queue that a ping could stand in. */
const QUIET_BYTES = 64 * 1024
/** A link that has used up its ids closes; the client comes back with a new one. */
const LAST_ID = 0xffff_ffff
const EMPTY = new Uint8Array(0)

/** One side of a link. Bytes go in by `receive` and out by `options.out`; it does no I/O of its own. */
export class Mux implements MuxCore, FrameSink {
  readonly limits: Limits
  readonly budget: LinkBudget
  readonly now: () => number
  readonly #options: MuxOptions
  readonly #outbox: Outbox
  readonly #decoder: Decoder
  readonly #preface: PrefaceReader | undefined
  readonly #streams = new Map<number, MuxStream>()
  #turns: MuxStream[] = []
  #turnsDeferred = false
  #nextId: number
  #lastPeerId: number
  #closed = false
  #heardAt: number
  /** Bytes both ways since a ping was answered last. */
  #sincePong = 0
  readonly #clock: PingClock

  constructor(options: MuxOptions) {
    this.#options = options
    this.limits = options.limits
    this.now = options.now
    this.budget = new LinkBudget(options.limits)
    this.#clock = new PingClock(options.now)
    this.#outbox = new Outbox(options.out, options.defer, options.limits.muxOutbox)
    this.#decoder = new Decoder(this, options.limits)
    const client = options.role === 'client'
    this.#nextId = client ? 1 : 2
    this.#lastPeerId = client ? 0 : -1
    this.#heardAt = options.now()
    this.#preface = client ? undefined : new PrefaceReader()
    if (client) this.#outbox.raw(text.encode(PREFACE))
  }

  /** Streams that are open now. */
  get streamCount(): number {
    return this.#streams.size
  }

  /** When the last byte came, on the clock of `now`. */
  get heardAt(): number {
    return this.#heardAt
  }

  /** How long pings take: the longer, the more bytes stand before them. */
  get pings(): Pick<PingClock, 'answers' | 'answeredAt' | 'shortestMs' | 'delayMs'> {
    return this.#clock
  }

  /** Bytes of ours that wait for the link. */
  get waiting(): number {
    return this.#outbox.bytes
  }

  /** How many streams moved at least `bytes` since this was asked last. */
  takeBulk(bytes: number): number {
    let bulk = 0
    for (const stream of this.#streams.values()) if (stream.takeMoved() >= bytes) bulk++
    return bulk
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Bytes came from the link. A peer that breaks the protocol closes it. */
  receive(bytes: Uint8Array, slab: Slab): void {
    if (this.#closed) return
    this.#heardAt = this.now()
    this.#sincePong += bytes.length
    try {
      const rest = this.#preface && !this.#preface.done ? this.#preface.push(bytes) : bytes
      if (rest.length > 0) this.#decoder.push(rest, slab)
      this.#checkBounds()
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      this.close(error)
    }
  }

  /** The link takes bytes again. */
  drained(): void {
    this.#outbox.drained()
    this.#takeTurns()
  }

  /** Opens a stream; bytes may be written at once. Throws LIMIT_REACHED at muxStreams. */
  open(open: StreamOpen, sink: Sink): MuxStream {
    if (this.#closed) throw new AppError('TUNNEL_OFFLINE')
    if (this.#streams.size >= this.limits.muxStreams) {
      throw new AppError('LIMIT_REACHED', { limit: 'muxStreams', value: this.limits.muxStreams })
    }
    if (this.#nextId > LAST_ID) {
      this.close(new AppError('LIMIT_REACHED', { limit: 'stream ids', value: LAST_ID }))
      throw new AppError('TUNNEL_OFFLINE')
    }
    const send = this.limits.muxWindowInitial
    const receive = this.budget.firstWindow
    const stream = new MuxStream(this, { id: this.#nextId, send, receive, sink })
    this.#nextId += 2
    this.#streams.set(stream.id, stream)
    const told = receive === send ? open : { ...open, window: receive }
    this.#outbox.frame(FRAME.open, stream.id, text.encode(JSON.stringify(told)))
    return stream
  }

  /** Sends a control message. */
  send(message: ControlMessage): void {
    if (!this.#closed) this.#outbox.frame(FRAME.control, 0, text.encode(JSON.stringify(message)))
  }

  /** Sends a ping when the last one was answered; false when the peer has said nothing at all for linkPongMs since it was asked. */
  ping(): boolean {
    const askedAt = this.#clock.ask('beat')
    if (askedAt > 0) return this.now() - Math.max(askedAt, this.#heardAt) < this.limits.linkPongMs
    this.#outbox.frame(FRAME.ping, 0, new Uint8Array(8))
    return true
  }

  /** Sends a ping between heartbeats, to see how long the way is now; windows do not follow it. */
  probe(): void {
    if (!this.#closed && this.#clock.ask('probe') === 0) this.#outbox.frame(FRAME.ping, 0, new Uint8Array(8))
  }

  /** Ends every stream and the mux; what waits is handed to the link. */
  close(error?: AppError): void {
    if (this.#closed) return
    this.#closed = true
    this.#outbox.close()
    this.#turns = []
    for (const stream of [...this.#streams.values()]) stream.die(RESET.linkLost)
    this.#options.onClosed(error)
  }

  // what the decoder tells

  data(id: number, bytes: Uint8Array, slab: Slab): void {
    if (this.#closed) return
    const stream = this.#streams.get(id)
    if (!stream) return this.#mustBePast(id)
    if (!stream.receive(bytes, slab)) throw new AppError('PROTOCOL_ERROR', { problem: 'more data than was granted' })
  }

  frame(type: number, id: number, payload: Uint8Array): void {
    if (this.#closed) return
    if (this.#onFrame(type, id, payload)) return
    throw new AppError('PROTOCOL_ERROR', { problem: `an unknown frame type ${type}` })
  }

  // what the streams ask

  get hasRoom(): boolean {
    return this.#outbox.room > 0 && this.#turns.length === 0
  }

  emit(id: number, { bytes, slab }: Part, credit: number): number {
    const most = Math.min(bytes.length, credit)
    const step = this.limits.muxFramePayload
    let at = 0
    while (at < most && this.#outbox.room > 0) {
      const end = Math.min(at + step, most)
      this.#outbox.data(id, bytes.subarray(at, end), slab)
      at = end
    }
    this.#sincePong += at
    return at
  }

  ready(stream: MuxStream): void {
    if (!stream.enqueue()) return
    this.#turns.push(stream)
    this.#deferTurns()
  }

  sendWindow(id: number, credit: number): void {
    this.#outbox.number(FRAME.window, id, credit)
  }

  sendEnd(id: number): void {
    this.#outbox.frame(FRAME.end, id, EMPTY)
  }

  sendReset(id: number, code: number): void {
    this.#outbox.number(FRAME.reset, id, code)
  }

  forget(id: number): void {
    this.#streams.delete(id)
  }

  /** Goes round the waiting streams while the link has room, one frame each; woken writers count as if they had written. */
  readonly #takeTurns = (): void => {
    this.#turnsDeferred = false
    let promised = 0
    for (let left = this.#turns.length; left > 0 && this.#outbox.room > promised; left--) {
      const stream = this.#turns.shift() as MuxStream
      const before = this.#outbox.bytes
      if (stream.turn() && stream.enqueue()) this.#turns.push(stream)
      if (this.#outbox.bytes <= before) promised += this.limits.muxFramePayload
    }
    if (this.#turns.length > 0) this.#deferTurns()
  }

  /** A busy link calls `drained`, which takes the turns; a free one must be asked again. */
  #deferTurns(): void {
    if (this.#turnsDeferred || this.#outbox.busy) return
    this.#turnsDeferred = true
    this.#options.defer(this.#takeTurns)
  }

  /** A peer that makes us keep more than it may is not one of ours. */
  #checkBounds(): void {
    this.#bound('muxOutboxMax', this.#outbox.bytes)
    this.#bound('muxUnreadMax', this.budget.unread)
  }

  #bound(limit: 'muxOutboxMax' | 'muxUnreadMax', bytes: number): void {
    if (bytes > this.limits[limit]) throw new AppError('LIMIT_REACHED', { limit, value: this.limits[limit] })
  }

  #onFrame(type: number, id: number, payload: Uint8Array): boolean {
    switch (type) {
      case FRAME.window:
        this.#streams.get(id)?.receiveCredit(getU32(payload, 0))
        return true
      case FRAME.end:
        this.#streams.get(id)?.receiveEnd()
        return true
      case FRAME.reset:
        this.#streams.get(id)?.die(getU32(payload, 0))
        return true
      case FRAME.open:
        this.#accept(id, parseStreamOpen(payload))
        return true
      case FRAME.ping:
        this.#outbox.frame(FRAME.pong, 0, payload)
        return true
      case FRAME.pong:
        this.#onPong()
        return true
      case FRAME.control:
        this.#onControl(payload)
        return true
      default:
        return false
    }
  }

  #onPong(): void {
    const quiet = this.#sincePong < QUIET_BYTES
    if (!this.#clock.answered((ms) => this.budget.sample(ms, quiet))) return
    this.#sincePong = 0
    if (this.#clock.answers < FIRST_PINGS) this.ping()
  }

  #onControl(payload: Uint8Array): void {
    const message = parseControl(payload)
    if (message) this.#options.onControl(message)
  }

  #accept(id: number, open: StreamOpen): void {
    if (id <= this.#lastPeerId || id % 2 === this.#nextId % 2 || id === 0) {
      throw new AppError('PROTOCOL_ERROR', { problem: `an open of stream ${id}` })
    }
    this.#lastPeerId = id
    const full = this.#streams.size >= this.limits.muxStreams || this.budget.unread >= this.limits.muxUnread
    if (full) return this.sendReset(id, RESET.busy)
    const receive = this.limits.muxWindowInitial
    const stream = new MuxStream(this, { id, send: open.window ?? receive, receive })
    this.#streams.set(id, stream)
    this.#options.onStream(stream, open)
  }

  /** DATA for a stream that has ended here crosses our RESET and is dropped; for one that never was, it is an error. */
  #mustBePast(id: number): void {
    const past = id % 2 === this.#nextId % 2 ? id < this.#nextId : id <= this.#lastPeerId
    if (!past || id === 0)
      throw new AppError('PROTOCOL_ERROR', { problem: `data for stream ${id}, which was never opened` })
  }
}
