/** Owns the smallest engine that a session can be tested against: the real mux in the role of the engine, over loopback sockets. */
import { createServer as createHttp, type Server as HttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTls, type TLSSocket } from 'node:tls'
import { byteSocket, fromDuplex, pipe } from '@towline/base'
import {
  type AppError,
  attachLink,
  type Channel,
  type ControlMessage,
  type Hello,
  IDLE_SINK,
  LIMITS,
  type Limits,
  LINK_PATH,
  LINK_PROTOCOL,
  LINK_SUBPROTOCOL,
  type Mux,
  type MuxStream,
  RESET,
  type StreamOpen,
  type Tunnel,
  type TunnelSpec,
} from '@towline/protocol'
import { Ear } from '@towline/testkit/ear'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { CA, HERE } from './certificates.fixture.ts'

export interface FakeEngineOptions {
  readonly tls?: { readonly cert: string; readonly key: string } | false
  /** ALPN protocols it knows. */
  readonly alpn?: readonly string[]
  readonly limits?: Limits
  /** Answers a refusal. */
  readonly onHello?: (hello: Hello) => AppError | undefined
  readonly onTunnelOpen?: (spec: TunnelSpec) => AppError | undefined
  /** 0 lets the system choose. */
  readonly port?: number
}

/** One linked client as the fake engine sees it. */
export class FakeLink {
  readonly transport: string
  readonly hello: Hello
  readonly mux: Mux
  readonly channel: Channel
  readonly tunnels = new Map<string, Tunnel>()
  readonly said: ControlMessage[] = []

  constructor(mux: Mux, channel: Channel, about: { transport: string; hello: Hello }) {
    this.mux = mux
    this.channel = channel
    this.transport = about.transport
    this.hello = about.hello
  }
}

export class FakeEngine {
  readonly links: FakeLink[] = []
  readonly http: HttpServer = createHttp((_request, response) => response.writeHead(404).end('nothing here'))
  /** Every TCP connection, to be broken off. */
  readonly sockets = new Set<Socket>()
  readonly #options: FakeEngineOptions
  readonly #server: Server
  readonly #waiting: (() => void)[] = []
  #count = 0

  private constructor(options: FakeEngineOptions) {
    this.#options = options
    this.#server = options.tls === false ? this.#plain() : this.#secure(options.tls ?? HERE)
    this.#server.on('connection', (socket: Socket) => {
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => {})
    })
    const upgrades = new WebSocketServer({ noServer: true, handleProtocols: () => LINK_SUBPROTOCOL })
    this.http.on('upgrade', (request, socket, head) => {
      if (request.url !== LINK_PATH) return socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
      upgrades.handleUpgrade(request, socket, head, (webSocket) => {
        this.#attach(fromDuplex(createWebSocketStream(webSocket)), 'websocket')
      })
    })
  }

  static async open(options: FakeEngineOptions = {}): Promise<FakeEngine> {
    const engine = new FakeEngine(options)
    await new Promise<void>((up) => engine.#server.listen(options.port ?? 0, '127.0.0.1', up))
    return engine
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  get url(): string {
    return `http${this.#options.tls === false ? '' : 's'}://127.0.0.1:${this.port}`
  }

  /** What a session needs besides a token. */
  get trusted(): { url: string; ca: string; token: string; env: Record<string, string> } {
    return { url: this.url, ca: CA, token: 'tow_test', env: {} }
  }

  get tunnels(): readonly Tunnel[] {
    return this.links.flatMap((link) => [...link.tunnels.values()])
  }

  get link(): FakeLink {
    const last = this.links.at(-1)
    if (!last) throw new Error('nobody is linked')
    return last
  }

  /** Resolves when `met` holds after something happened here. */
  async until(met: () => boolean): Promise<void> {
    while (!met()) await new Promise<void>((wake) => this.#waiting.push(wake))
  }

  /** A visitor of a tunnel. */
  visit(name: string, open: Partial<StreamOpen> = {}): { readonly stream: MuxStream; readonly ear: Ear } {
    const ear = new Ear()
    const [link, tunnel] = this.#find(name) ?? []
    if (!link || !tunnel) throw new Error(`no tunnel ${name}`)
    return { stream: link.mux.open({ tunnelId: tunnel.id, from: '192.0.2.7:4711', ...open }, ear), ear }
  }

  /** Breaks every connection off, as a dying network does. */
  drop(): void {
    for (const socket of this.sockets) socket.resetAndDestroy()
  }

  async close(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done))
    for (const { mux } of this.links) mux.close()
    this.drop()
    await closed
  }

  #find(name: string): readonly [FakeLink, Tunnel] | undefined {
    for (const link of this.links) {
      for (const tunnel of link.tunnels.values()) if (tunnel.name === name) return [link, tunnel]
    }
    return undefined
  }

  #plain(): Server {
    return createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) =>
      this.#attach(byteSocket(socket), 'plain'),
    )
  }

  #secure(identity: { cert: string; key: string }): Server {
    const alpn = this.#options.alpn ?? [LINK_PROTOCOL, 'http/1.1']
    return createTls(
      { ...identity, ALPNProtocols: [...alpn], allowHalfOpen: true, noDelay: true } as never,
      (socket: TLSSocket) => {
        socket.on('error', () => {})
        if (socket.alpnProtocol === LINK_PROTOCOL) this.#attach(byteSocket(socket), 'tls')
        else this.http.emit('connection', socket)
      },
    )
  }

  #attach(channel: Channel, transport: string): void {
    let link: FakeLink | undefined
    const mux: Mux = attachLink(channel, {
      role: 'engine',
      limits: this.#options.limits ?? LIMITS,
      onControl: (message) => {
        if (message.type === 'hello') link = this.#greet(mux, channel, { transport, hello: message })
        else if (link) this.#control(link, message)
        this.#ring()
      },
      onStream: (stream, open) => this.#dial(stream, open),
      onClosed: () => {
        const at = link ? this.links.indexOf(link) : -1
        if (at >= 0) this.links.splice(at, 1)
        this.#ring()
      },
    })
  }

  #greet(mux: Mux, channel: Channel, about: { transport: string; hello: Hello }): FakeLink | undefined {
    const refusal = this.#options.onHello?.(about.hello)
    if (refusal) {
      mux.send({ type: 'error', error: refusal.toJSON() })
      mux.close()
      return undefined
    }
    mux.send({
      type: 'welcome',
      version: 1,
      clientId: `cli_${++this.#count}`,
      project: { id: 'prj_1', slug: 'dev' },
      engine: 'fake/1',
    })
    const link = new FakeLink(mux, channel, about)
    this.links.push(link)
    return link
  }

  #control(link: FakeLink, message: ControlMessage): void {
    link.said.push(message)
    if (message.type === 'tunnel.close') link.tunnels.delete(message.tunnelId)
    if (message.type === 'goaway') link.tunnels.clear()
    if (message.type !== 'tunnel.open') return
    const refusal = this.#options.onTunnelOpen?.(message.spec)
    if (refusal) return link.mux.send({ type: 'error', ref: message.ref, error: refusal.toJSON() })
    const tunnel = this.#tunnel(message.spec)
    link.tunnels.set(tunnel.id, tunnel)
    link.mux.send({ type: 'tunnel.opened', ref: message.ref, tunnel })
  }

  #tunnel(spec: TunnelSpec): Tunnel {
    const name = spec.name ?? `made-${++this.#count}`
    const port = spec.port || 40_000 + ++this.#count
    const url =
      spec.kind === 'tcp'
        ? `tcp://127.0.0.1:${port}`
        : spec.kind === 'private'
          ? `tow://${name}`
          : `http://${name}.dev.localhost`
    return {
      ...{
        ...spec,
        name,
        url,
        id: `tun_${++this.#count}`,
        labels: spec.labels ?? {},
        owner: 'crd_1',
        clientId: 'cli_1',
      },
      ...{ projectId: 'prj_1', status: 'online', createdAt: 1, epoch: 1 },
    } as Tunnel
  }

  #dial(stream: MuxStream, { dial }: StreamOpen): void {
    const [link, tunnel] = this.#find(dial ?? '') ?? []
    if (!link || !tunnel) return stream.reset(RESET.tunnelUnknown)
    if (tunnel.kind !== 'private') return stream.reset(RESET.published)
    const other = link.mux.open({ tunnelId: tunnel.id, from: '127.0.0.1:5' }, IDLE_SINK)
    other.pause()
    pipe(stream, other)
  }

  #ring(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
