/** Owns the HTTP/2 sessions to services that one visitor connection uses: one a tunnel, opened when first asked for. */
import { type ClientHttp2Session, connect } from 'node:http2'
import { hostPort, toDuplex } from '@towline/base'
import { AppError, type Channel, IDLE_SINK, type Limits } from '@towline/protocol'
import { errorOf } from '../edge/upstream.ts'
import type { Visitor } from '../edge/visitor.ts'
import type { LiveTunnel } from '../registry/live-tunnel.ts'
import { Heartbeat } from './heartbeat.ts'

/** A session to a tunnel's service, and why it was lost once it is. */
export interface Service {
  readonly session: ClientHttp2Session
  /** What visitors are told when it broke before they were answered. */
  loss(): AppError
}

/** See the file's head. */
export class Services {
  readonly #services = new Map<string, Service>()
  readonly #limits: Limits
  readonly #visitor: Visitor
  #closed = false

  constructor(visitor: Visitor, limits: Limits) {
    this.#visitor = visitor
    this.#limits = limits
  }

  /** Throws BUSY over h2Upstreams, and what the tunnel's open throws. */
  get(live: LiveTunnel, requestId: string): Service {
    const { id } = live.tunnel
    const known = this.#services.get(id)
    if (known && !known.session.closed && !known.session.destroyed) return known
    if (this.#closed || this.#services.size >= this.#limits.h2Upstreams) throw new AppError('BUSY')
    const { address, port } = this.#visitor
    const service = this.#open(live.open({ from: hostPort(address, port), requestId }, IDLE_SINK))
    this.#services.set(id, service)
    service.session.once('close', () => {
      if (this.#services.get(id) === service) this.#services.delete(id)
    })
    return service
  }

  close(): void {
    this.#closed = true
    for (const { session } of this.#services.values()) session.destroy()
  }

  #open(channel: Channel): Service {
    const lost = watch(channel)
    const options = {
      createConnection: () => lost.stream,
      maxHeaderListPairs: 2 * this.#limits.headFields,
      maxSessionInvalidFrames: this.#limits.headFields,
      settings: {
        enablePush: false,
        initialWindowSize: this.#limits.h2StreamWindow,
        maxHeaderListSize: this.#limits.responseHeadBytes,
      },
    }
    const session = connect('http://service', options)
    session.once('remoteSettings', () => {
      if (!session.destroyed) session.setLocalWindowSize(this.#limits.h2SessionWindow)
    })
    session.on('error', () => {})
    const { h2PingMs, responseHeadMs } = this.#limits
    const heartbeat = new Heartbeat(session, h2PingMs, (silentMs) => {
      if (silentMs >= responseHeadMs) session.destroy()
    })
    session.once('close', () => heartbeat.stop())
    return { session, loss: lost.loss }
  }
}

/** A stream over the channel that remembers with which code it was reset. */
const watch = (channel: Channel) => {
  let code: number | undefined
  const stream = toDuplex(channel)
  const { sink } = channel
  channel.sink = {
    data: (bytes, slab) => sink.data(bytes, slab),
    ended: () => sink.ended(),
    drained: () => sink.drained(),
    closed(reset) {
      code = reset
      sink.closed(reset)
    },
  }
  return { stream, loss: (): AppError => errorOf(code) }
}
