/** Owns what happens to a connection once it is known what it speaks. */
import type { Socket } from 'node:net'
import type { SecureContext, TLSSocket } from 'node:tls'
import { type ByteSocket, byteSocket, isLoopback, type Log } from '@towline/base'
import { AppError, type Channel, LINK_PROTOCOL, type Limits } from '@towline/protocol'
import type { Edge } from '../edge/edge.ts'
import type { Admission } from '../edge/steps.ts'
import type { Visitor } from '../edge/visitor.ts'
import type { LinkInfo } from '../link/link-deps.ts'
import type { Router } from '../registry/live-tunnel.ts'
import type { ClientHello } from '../tls/client-hello.ts'
import type { TlsContexts } from '../tls/contexts.ts'
import type { Arrived } from './arrival.ts'
import { give, type Guest, Guests } from './guests.ts'
import { Replayed } from './replayed.ts'
import { SecureSocket } from './secure-socket.ts'
import { terminate } from './terminate.ts'
import { TlsTunnels } from './tls-tunnels.ts'
import { Tracked } from './tracked.ts'

export interface DoorsDeps {
  readonly router: Pick<Router, 'tls'>
  readonly edge: Pick<Edge, 'accept'> & { readonly admission: Pick<Admission, 'admit'> }
  readonly gateway: {
    /** Takes a connection that speaks HTTP/2; it has handlers for errors already. */
    http2(socket: Socket | TLSSocket, visitor: Visitor): void
  }
  /** The channel's first bytes are the preface. */
  readonly acceptLink: (channel: Channel, info: LinkInfo) => void
  /** Without them TLS connections are refused, except to passthrough tunnels. */
  readonly tls?: TlsContexts | undefined
  readonly limits: Limits
  readonly log: Pick<Log, 'debug' | 'info' | 'error'>
}

export interface Doors {
  /** Visitors inside. */
  readonly visitors: number
  /** Takes a paused connection. */
  enter(socket: ByteSocket, arrived: Arrived): void
  /** Resets all visitors. */
  close(): void
}

/** ALPN for visitors (RFC 7301). */
const VISITOR_PROTOCOLS = ['h2', 'http/1.1'] as const

export const createDoors = (deps: DoorsDeps): Doors => new OpenDoors(deps)

class OpenDoors implements Doors {
  readonly #deps: DoorsDeps
  readonly #tunnels: TlsTunnels
  readonly #guests = new Guests()

  constructor(deps: DoorsDeps) {
    this.#deps = deps
    this.#tunnels = new TlsTunnels({ ...deps, admit: deps.edge.admission.admit })
  }

  get visitors(): number {
    return this.#guests.size
  }

  enter(socket: ByteSocket, arrived: Arrived): void {
    const { first, spoken } = arrived
    if (spoken === 'link') return this.#plainLink(socket, first)
    if (this.#guests.size >= this.#deps.limits.engineConnections) return socket.reset()
    const guest = this.#guests.letIn(() => socket.reset())
    if (spoken === 'tls') return this.#tls({ socket, guest, first, hello: arrived.hello })
    const visitor = visitorOf(socket, false)
    if (spoken === 'h2') return this.#deps.gateway.http2(give(socket, first, guest), visitor)
    this.#deps.edge.accept(new Tracked(socket, guest.leave), first, visitor)
  }

  close(): void {
    this.#guests.dropAll()
  }

  /** The credential would cross the network in the clear, so only this machine may. */
  #plainLink(socket: ByteSocket, first: Uint8Array): void {
    if (!isLoopback(socket.remoteAddress)) {
      this.#log(socket, 'a link without TLS from another machine')
      return socket.reset()
    }
    socket.bulk()
    this.#deps.acceptLink(new Replayed(socket, Buffer.from(first)), linkInfo(socket, 'plain'))
  }

  /** A name of a tunnel leads there whatever the rest of the hello says. */
  #tls(opening: Opening): void {
    const { socket, hello } = opening
    const live = hello.serverName === undefined ? undefined : this.#deps.router.tls(hello.serverName)
    const visitor = visitorOf(socket, true)
    if (live) return this.#tunnels.enter({ ...opening, first: Buffer.from(opening.first), live, visitor })
    const { tls } = this.#deps
    const opened = !tls
      ? Promise.reject(new AppError('PROTOCOL_ERROR', { problem: 'there is no certificate' }))
      : hello.alpn.includes(LINK_PROTOCOL)
        ? this.#link(opening, tls.pick('link', hello.serverName))
        : this.#website(opening, tls.pick('visitor', hello.serverName), visitor)
    opened.catch((error: unknown) => this.#failed(opening, error))
  }

  /** Links have their own bound, and end by their own owner. */
  async #link(opening: Opening, context: SecureContext): Promise<void> {
    const info = linkInfo(opening.socket, 'tls')
    const { tls } = await this.#secure(opening, context, [LINK_PROTOCOL])
    opening.guest.leave()
    const channel = byteSocket(tls)
    channel.bulk()
    this.#deps.acceptLink(channel, info)
  }

  async #website(opening: Opening, context: SecureContext, visitor: Visitor): Promise<void> {
    const { tls, below } = await this.#secure(opening, context, VISITOR_PROTOCOLS)
    if (tls.alpnProtocol === 'h2') return this.#deps.gateway.http2(tls, visitor)
    this.#deps.edge.accept(new SecureSocket(tls, below), NOTHING, visitor)
  }

  async #secure({ socket, first, guest }: Opening, context: SecureContext, alpn: readonly string[]): Promise<Secured> {
    const below = give(socket, first, guest)
    return { below, tls: await terminate(below, { context, alpn, withinMs: this.#deps.limits.tlsHandshakeMs, guest }) }
  }

  /** What visitors' TLS stacks get wrong is theirs; everything else is ours. */
  #failed({ socket, guest }: Opening, error: unknown): void {
    if (error instanceof AppError) this.#log(socket, String(error.details.problem ?? error.code))
    else this.#deps.log.error({ err: error }, 'a connection met an error of ours')
    guest.drop()
    guest.leave()
  }

  #log({ remoteAddress }: ByteSocket, problem: string): void {
    this.#deps.log.debug({ visitor: remoteAddress, problem }, 'connection closed')
  }
}

/** A connection that begins with a ClientHello. */
interface Opening {
  readonly socket: ByteSocket
  readonly guest: Guest
  readonly first: Uint8Array
  readonly hello: ClientHello
}

interface Secured {
  readonly tls: TLSSocket
  /** The TCP connection. */
  readonly below: Socket
}

const NOTHING = new Uint8Array(0)

const visitorOf = ({ remoteAddress, remotePort, localPort }: ByteSocket, secure: boolean): Visitor => ({
  address: remoteAddress,
  port: remotePort,
  localPort,
  secure,
})

const linkInfo = ({ remoteAddress, remotePort }: ByteSocket, transport: LinkInfo['transport']): LinkInfo => ({
  address: remoteAddress,
  port: remotePort,
  transport,
})
