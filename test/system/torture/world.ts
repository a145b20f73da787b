/** Owns what a torture run tortures: visitors and services on real sockets, with pipes and a link between them. */
import { once } from 'node:events'
import { connect as connectPlain, createServer as createPlain, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTls } from 'node:tls'
import type { ByteServer, ByteSocket } from '@towline/base'
import {
  attachLink,
  type Channel,
  IDLE_SINK,
  LIMITS,
  type Mux,
  type MuxStream,
  type StreamOpen,
} from '@towline/protocol'
import { CERT, KEY } from '../../../packages/base/src/net/certificate.fixture.ts'
import { Actor, type ActorPlan } from './actor.ts'
import type { Chance } from './pattern.ts'

export type Net = typeof import('@towline/base')
export type LinkKind = 'plain' | 'tls' | 'stream'

const TIMEOUT_MS = 10_000

/** Joins the two ends of local connections, which find each other by their port. */
class Pairs {
  readonly #net: Net
  readonly #server: ByteServer
  readonly #accepted: Map<number, ByteSocket>
  readonly #waiting: Map<number, (socket: ByteSocket) => void>

  private constructor(net: Net, server: ByteServer, maps: PairMaps) {
    this.#net = net
    this.#server = server
    this.#accepted = maps.accepted
    this.#waiting = maps.waiting
  }

  static async open(net: Net): Promise<Pairs> {
    const maps: PairMaps = { accepted: new Map(), waiting: new Map() }
    const onConnection = (socket: ByteSocket): void => {
      const wanted = maps.waiting.get(socket.remotePort)
      maps.waiting.delete(socket.remotePort)
      if (wanted) wanted(socket)
      else maps.accepted.set(socket.remotePort, socket)
    }
    return new Pairs(net, await net.listenBytes({ host: '127.0.0.1', port: 0, onConnection }), maps)
  }

  async join(next: Chance): Promise<{ near: ByteSocket; far: ByteSocket }> {
    const near = await this.#net.connectBytes({ host: '127.0.0.1', port: this.#server.port, timeoutMs: TIMEOUT_MS })
    const known = this.#accepted.get(near.localPort)
    this.#accepted.delete(near.localPort)
    const far = known ?? (await new Promise<ByteSocket>((found) => this.#waiting.set(near.localPort, found)))
    if (next() < 0.8) far.settle()
    return { near, far }
  }

  close(): Promise<void> {
    return this.#server.close()
  }
}

/** Turns of the event loop until `met`; closing a socket takes some. */
export const settled = async (met: () => boolean): Promise<boolean> => {
  for (let turn = 0; turn < 500 && !met(); turn++) await new Promise((next) => setTimeout(next, turn < 50 ? 0 : 10))
  return met()
}

interface PairMaps {
  readonly accepted: Map<number, ByteSocket>
  readonly waiting: Map<number, (socket: ByteSocket) => void>
}

/** Both ends of a connection for a link, ready for `attachLink`. */
const linkEnds = async (net: Net, kind: LinkKind): Promise<readonly [Channel, Channel]> => {
  const secure = kind === 'tls'
  const server = secure ? createTls({ key: KEY, cert: CERT }) : createPlain({ allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const accepted = once(server, secure ? 'secureConnection' : 'connection')
  const near: Socket = secure
    ? connectTls({ port, host: '127.0.0.1', ca: CERT, servername: 'localhost' })
    : connectPlain({ port, host: '127.0.0.1', allowHalfOpen: true })
  const [[far]] = (await Promise.all([accepted, once(near, secure ? 'secureConnect' : 'connect')])) as [
    [Socket],
    unknown,
  ]
  server.close()
  if (kind === 'stream') return [net.fromDuplex(near), net.fromDuplex(far)]
  const ends = [net.byteSocket(near), net.byteSocket(far)] as const
  for (const end of ends) end.bulk()
  return ends
}

/** One stream from a visitor to a service: who sits at its ends, and whether on a socket or on the mux itself. */
export interface StreamPlan {
  readonly visitor: ActorPlan
  readonly service: ActorPlan
  readonly visitorOnSocket: boolean
  readonly serviceOnSocket: boolean
}

/** A link with both its muxes, and the actors of the streams over it. */
export class World {
  readonly client: Mux
  readonly engine: Mux
  readonly actors: Actor[] = []
  /** Links that ended before they were told to. */
  readonly problems: string[] = []
  wasCut = false
  #closing = false
  /** Visits and services that are being connected. */
  readonly #begun: Promise<void>[] = []
  readonly #plans: readonly StreamPlan[]
  readonly #pairs: Pairs
  readonly #net: Net
  readonly #next: Chance
  readonly #linksOver: Promise<unknown>

  private constructor(
    net: Net,
    parts: { pairs: Pairs; ends: readonly [Channel, Channel]; plans: readonly StreamPlan[]; next: Chance },
  ) {
    this.#net = net
    this.#pairs = parts.pairs
    this.#plans = parts.plans
    this.#next = parts.next
    const [near, far] = parts.ends
    const closed: Promise<unknown>[] = []
    const link = (channel: Channel, role: 'client' | 'engine'): Mux => {
      let over: (ended?: unknown) => void = () => {}
      closed.push(new Promise((done) => (over = done)))
      const onClosed = (error?: Error): void => {
        if (!this.#closing) this.problems.push(`the link of the ${role} broke: ${error?.message}`)
        over()
      }
      const onStream = (stream: MuxStream, open: StreamOpen): void => void this.#begun.push(this.#serve(stream, open))
      return attachLink(channel, { role, limits: LIMITS, onStream, onControl() {}, onClosed })
    }
    this.client = link(near, 'client')
    this.engine = link(far, 'engine')
    this.#linksOver = Promise.all(closed)
  }

  static async open(net: Net, kind: LinkKind, plans: readonly StreamPlan[], next: Chance): Promise<World> {
    return new World(net, { pairs: await Pairs.open(net), ends: await linkEnds(net, kind), plans, next })
  }

  /** A visitor comes for each of the plans. */
  start(): void {
    for (const index of this.#plans.keys()) this.#begun.push(this.#visit(index))
  }

  /** Every actor was told that its channel is closed, and no stream is left. */
  async over(): Promise<void> {
    for (let known = -1; known < this.#begun.length; ) {
      known = this.#begun.length
      await Promise.all(this.#begun)
      await Promise.all(this.actors.map((actor) => actor.over))
      await settled(() => this.leftovers().streams === 0)
    }
  }

  async #visit(index: number): Promise<void> {
    const plan = this.#plans[index] as StreamPlan
    const open = { tunnelId: `tun_${index}` }
    if (!plan.visitorOnSocket) {
      if (!this.engine.closed) this.#act(this.engine.open(open, IDLE_SINK), plan.visitor)
      return
    }
    const { near, far } = await this.#pairs.join(this.#next)
    this.#act(near, plan.visitor)
    if (this.engine.closed) far.reset()
    else this.#net.pipe(far, this.engine.open(open, IDLE_SINK))
  }

  /** What cannot be pinned any more, or is counted still, when every stream is over. */
  leftovers(): Record<string, number> {
    const of = ({ streamCount, budget }: Mux): number[] => [streamCount, budget.unread, budget.grown, budget.unproven]
    const [streams = 0, unread = 0, grown = 0, unproven = 0] = of(this.client).map(
      (n, at) => n + (of(this.engine)[at] ?? 0),
    )
    return { streams, unread, grown, unproven }
  }

  /** The engine ends the link in the middle of everything. */
  cut(): void {
    this.wasCut = true
    this.#closing = true
    this.engine.close()
  }

  async close(): Promise<void> {
    this.#closing = true
    this.client.close()
    await this.#linksOver
    await this.#pairs.close()
  }

  async #serve(stream: MuxStream, { tunnelId = '' }: StreamOpen): Promise<void> {
    const plan = this.#plans[Number(tunnelId.slice(4))] as StreamPlan
    if (!plan.serviceOnSocket) return this.#act(stream, plan.service)
    let gone = false
    stream.sink = { ...IDLE_SINK, closed: () => void (gone = true) }
    const { near, far } = await this.#pairs.join(this.#next)
    this.#act(far, plan.service)
    if (gone) near.reset()
    else this.#net.pipe(stream, near)
  }

  #act(channel: Channel, plan: ActorPlan): void {
    const actor = new Actor(channel, plan)
    this.actors.push(actor)
    actor.start()
  }
}
