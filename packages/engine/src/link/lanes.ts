/** Owns the connections of one client beside its first: when one more would help, which takes a new stream, and when one goes. */
import { AppError, type Channel, type Limits, type Mux, type Sink, type StreamOpen } from '@towline/protocol'
import type { Departure } from '../registry/host.ts'

/** The first ping of a link often meets a process that is still warming up; the shortest of a few tells how far it is. */
const TELLING_PINGS = 3

/** What is asked of a connection to measure it and open streams on it; the tests' ones are simpler. */
export type LaneMux = Pick<Mux, 'streamCount' | 'heardAt' | 'pings' | 'waiting' | 'takeBulk' | 'probe'> & {
  open(open: StreamOpen, sink: Sink): Channel
}

/** A further link of the client. */
export interface Lane {
  readonly mux: LaneMux | undefined
  /** Closes it in order; it has no stream. */
  retire(): void
  end(departure: Departure): void
}

/** A connection and what it did since the last look. */
interface Way {
  readonly mux: LaneMux
  /** Streams that carry bulk, and those opened since, which may come to. */
  load: number
  backedUp: boolean
}

export interface LanesOptions {
  readonly limits: Limits
  readonly primary: LaneMux
  /** Milliseconds, of the clock of the pings. */
  readonly now: () => number
  /** Asks the client for one more. */
  readonly want: () => void
}

/** See the file's head. Streams never move: only new ones find a lane. */
export class Lanes {
  readonly #options: LanesOptions
  readonly #first: Way
  readonly #ways = new Map<Lane, Way>()
  readonly #idleSince = new Map<Lane, number>()
  #backedUpSince: number | undefined
  #askedAt: number | undefined
  #toldAt = 0

  constructor(options: LanesOptions) {
    this.#options = options
    this.#first = wayOf(options.primary)
  }

  get size(): number {
    return this.#ways.size
  }

  /** The client was told of a tunnel: until it has answered a later ping, an OPEN on a lane could overtake the telling. */
  told(): void {
    this.#toldAt = this.#options.now()
  }

  /** Throws LIMIT_REACHED over linkLanes. */
  add(lane: Lane, mux: LaneMux): void {
    const { linkLanes } = this.#options.limits
    if (this.#ways.size >= linkLanes) throw new AppError('LIMIT_REACHED', { limit: 'linkLanes', value: linkLanes })
    this.#ways.set(lane, wayOf(mux))
    this.#askedAt = undefined
    this.#backedUpSince = undefined
  }

  delete(lane: Lane): void {
    this.#ways.delete(lane)
    this.#idleSince.delete(lane)
  }

  /** Where a new stream does best: the fewest bulk streams, then the fewest bytes of ours waiting; the first link when equal. */
  open(open: StreamOpen, sink: Sink): Channel {
    const best = this.#knows() ? this.#best() : this.#first
    best.load = loadOf(best) + 1
    return best.mux.open(open, sink)
  }

  /** Looks at every connection; call each laneTickMs. */
  tick(): void {
    if (this.#first.mux.pings.answers < TELLING_PINGS) return this.#first.mux.probe()
    if (this.#ways.size === 0 && !this.#mayNeedOne()) return
    for (const way of this.#all()) this.#look(way)
    this.#retireIdle()
    this.#ask()
  }

  /** The first link is over, and the lanes with it. */
  end(departure: Departure): void {
    for (const lane of [...this.#ways.keys()]) lane.end(departure)
  }

  #all(): readonly Way[] {
    return [this.#first, ...this.#ways.values()]
  }

  #knows(): boolean {
    return this.#ways.size > 0 && this.#first.mux.pings.answeredAt > this.#toldAt
  }

  #best(): Way {
    const { limits, now } = this.#options
    // Pings go out every linkPingMs; a connection that is silent for longer may be dying.
    const isAlive = ({ mux }: Way): boolean => now() - mux.heardAt < 1.5 * limits.linkPingMs
    const open = this.#all().filter((way) => way.mux.streamCount < limits.muxStreams && isAlive(way))
    return open.reduce((best, way) => (isBetter(way, best) ? way : best), open[0] ?? this.#first)
  }

  /** On a near or quiet link nothing is counted. */
  #mayNeedOne(): boolean {
    const { pings, streamCount } = this.#first.mux
    const may = streamCount >= 2 && pings.shortestMs >= this.#options.limits.laneRoundTripMs
    if (!may) this.#backedUpSince = undefined
    return may
  }

  /** A ping that takes twice its shortest time waits behind bytes: its own queues are in every part of the way, either way. */
  #look(way: Way): void {
    const { mux } = way
    way.load = mux.takeBulk(this.#options.limits.laneBulkBytes)
    if (way.load > 0) mux.probe()
    const { shortestMs } = this.#first.mux.pings
    way.backedUp = way.load > 0 && mux.pings.delayMs >= 2 * shortestMs
  }

  /** When every connection is backed up for laneAfterMs, and there is more than one stream to be spread. */
  #ask(): void {
    const { limits, now, want } = this.#options
    const ways = this.#all()
    const bulk = ways.reduce((sum, { load }) => sum + load, 0)
    if (!this.#mayHaveMore() || bulk < 2 || ways.some(({ backedUp }) => !backedUp)) {
      this.#backedUpSince = undefined
      return
    }
    this.#backedUpSince ??= now()
    if (now() - this.#backedUpSince < limits.laneAfterMs) return
    if (this.#askedAt !== undefined && now() - this.#askedAt < limits.laneAskMs) return
    this.#askedAt = now()
    want()
  }

  #mayHaveMore(): boolean {
    const { linkLanes, laneRoundTripMs } = this.#options.limits
    return this.#ways.size < linkLanes && this.#first.mux.pings.shortestMs >= laneRoundTripMs
  }

  #retireIdle(): void {
    const { limits, now } = this.#options
    for (const [lane, { mux }] of this.#ways) {
      if (mux.streamCount > 0) {
        this.#idleSince.delete(lane)
        continue
      }
      const since = this.#idleSince.get(lane) ?? now()
      this.#idleSince.set(lane, since)
      if (now() - since < limits.laneIdleMs) continue
      this.delete(lane)
      lane.retire()
    }
  }
}

const wayOf = (mux: LaneMux): Way => ({ mux, load: 0, backedUp: false })

/** Streams that ended since the last look no longer count, or all that follow them would go the same way. */
const loadOf = ({ load, mux }: Way): number => Math.min(load, mux.streamCount)

const isBetter = (a: Way, b: Way): boolean =>
  loadOf(a) === loadOf(b) ? a.mux.waiting < b.mux.waiting : loadOf(a) < loadOf(b)
