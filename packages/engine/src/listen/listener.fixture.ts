/** Owns what the tests of listening connections stand on: tunnels to real services, and a whole listener with a real edge. */
import { createServer as createHttpServer } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { connectBytes, pipe } from '@towline/base'
import { type Channel, LIMITS, type Limits, RESET, type Sink, type Tunnel } from '@towline/protocol'
import { type LogLine } from '../edge/edge.fixture.ts'
import { FakeAuthority, FakeTunnel } from '../edge/fakes.fixture.ts'
import { MemoryChannel } from '../edge/memory-channel.fixture.ts'
import { createEdge, type Edge } from '../edge/edge.ts'
import type { Visitor } from '../edge/visitor.ts'
import { createGateway } from '../gateway/gateway.ts'
import type { LinkInfo } from '../link/link-deps.ts'
import type { Caller, LiveTunnel } from '../registry/live-tunnel.ts'
import type { CertificateSource } from '../tls/certificate.ts'
import { TlsContexts } from '../tls/contexts.ts'
import { openListener } from './listener.ts'

const DEADLINE_MS = 15_000
/** Nothing of a test listens there. */
const NO_PORT = 1

/** Waits for `promise`, but not for ever. */
export const soon = <T>(promise: Promise<T>, what: string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come`)), DEADLINE_MS)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** A tunnel to a service on a port of this machine, as a host would serve it. */
export class ServedTunnel extends FakeTunnel {
  readonly #port: () => number
  /** Nothing listens. */
  down = false

  constructor(port: () => number, over: Partial<Tunnel>) {
    super(over)
    this.#port = port
  }

  override open(caller: Caller, sink: Sink): Channel {
    this.callers.push(caller)
    const [ours, service] = MemoryChannel.pair()
    ours.sink = sink
    ours.paused = false
    const port = this.down ? NO_PORT : this.#port()
    connectBytes({ host: '127.0.0.1', port, timeoutMs: DEADLINE_MS }).then(
      (upstream) => pipe(service, upstream),
      () => service.reset(RESET.upstreamRefused),
    )
    return ours
  }
}

export interface HallOptions {
  readonly limits?: Partial<Limits>
  readonly certificates?: readonly [CertificateSource, ...CertificateSource[]]
  readonly http?: ReadonlyMap<string, LiveTunnel>
  readonly tls?: ReadonlyMap<string, LiveTunnel>
  /** Serves what speaks HTTP/2. */
  readonly http2?: (socket: Socket | TLSSocket, visitor: Visitor) => void
}

/** A listener on port 0 with a real HTTP/1 edge; API hosts answer `api <url> <secure>`. */
export const openHall = async (options: HallOptions = {}) => {
  const limits = { ...LIMITS, ...options.limits }
  const logged: LogLine[] = []
  const line =
    (level: string) =>
    (fields: unknown, message?: unknown): void =>
      void logged.push({ level, fields: fields as Record<string, unknown>, message: String(message) })
  const log = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    isLevelEnabled: () => true,
  }
  const api = createHttpServer((request, response) => {
    const secure = 'encrypted' in request.socket && request.socket.encrypted === true
    response.end(`api ${request.url} ${secure}`)
  })
  const router = {
    http: (host: string) => options.http?.get(host),
    tls: (name: string) => options.tls?.get(name),
  }
  const authority = new FakeAuthority()
  const deps = {
    router,
    authority,
    log,
    limits,
    api: (socket: Socket) => {
      api.emit('connection', socket)
      socket.resume()
    },
    isApiHost: (host: string) => host === 'localhost' || host === '127.0.0.1',
    clock: Date.now,
  }
  const edge: Edge = createEdge({ ...deps, gateway: (socket) => gateway.http1(socket) })
  const gateway = createGateway({ ...deps, edge })
  const links: { channel: Channel; info: LinkInfo }[] = []
  let linked: () => void = () => {}
  const contexts = options.certificates && new TlsContexts(options.certificates)
  const listener = await openListener({
    host: '127.0.0.1',
    port: 0,
    router,
    edge,
    limits,
    log,
    tls: contexts,
    gateway: { http2: options.http2 ?? gateway.http2 },
    acceptLink: (channel, info) => {
      links.push({ channel, info })
      linked()
    },
  })
  const link = async () => {
    if (links.length === 0) await soon(new Promise<void>((resolve) => (linked = resolve)), 'a link')
    return links.shift() as (typeof links)[number]
  }
  const close = async (): Promise<void> => {
    await listener.close()
    gateway.close()
    edge.close()
    contexts?.close()
  }
  return { listener, edge, gateway, authority, logged, link, close, port: listener.port }
}

export type Hall = Awaited<ReturnType<typeof openHall>>
