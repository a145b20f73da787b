/** Owns visits to tls tunnels: admitted, then passed through undecrypted or terminated here, and joined as bytes. */
import { type ByteSocket, hostPort, type Log } from '@towline/base'
import { AppError, type Channel, type Limits } from '@towline/protocol'
import { requestId } from '../edge/request-ids.ts'
import type { Admission } from '../edge/steps.ts'
import type { Visitor } from '../edge/visitor.ts'
import { AtTheDoor, joinTunnel } from '../registry/join.ts'
import type { LiveTunnel } from '../registry/live-tunnel.ts'
import type { ClientHello } from '../tls/client-hello.ts'
import type { TlsContexts } from '../tls/contexts.ts'
import { give, type Guest } from './guests.ts'
import { Replayed } from './replayed.ts'
import { SecureSocket } from './secure-socket.ts'
import { terminate } from './terminate.ts'

export interface TlsTunnelsDeps {
  readonly admit: Admission['admit']
  readonly tls?: TlsContexts | undefined
  readonly limits: Limits
  readonly log: Pick<Log, 'debug' | 'info' | 'error'>
}

export interface TlsVisit {
  /** Paused. */
  readonly socket: ByteSocket
  /** Everything read so far, ClientHello included; kept. */
  readonly first: Buffer
  readonly hello: ClientHello
  readonly live: LiveTunnel
  readonly visitor: Visitor
  readonly guest: Guest
}

/** See the file's head. A refused visitor is reset before TLS answers anything. */
export class TlsTunnels {
  readonly #deps: TlsTunnelsDeps

  constructor(deps: TlsTunnelsDeps) {
    this.#deps = deps
  }

  enter(visit: TlsVisit): void {
    this.#enter(visit).catch((error: unknown) => this.#refuse(visit, error))
  }

  async #enter(visit: TlsVisit): Promise<void> {
    const { socket, live, visitor } = visit
    const { signal } = new AtTheDoor(socket)
    await this.#deps.admit('tls', { visitor, tunnel: live.tunnel })
    const found = live.online ? live : await live.whenOnline(signal)
    if (signal.aborted) return visit.guest.leave()
    if (!found || found.tunnel.kind !== 'tls') throw new AppError('TUNNEL_OFFLINE')
    const channel = await this.#channel(visit, found)
    const from = hostPort(visitor.address, visitor.port)
    joinTunnel(channel, found, { from, requestId: requestId(), over: visit.guest.leave })
  }

  async #channel({ socket, first, hello, guest }: TlsVisit, { tunnel }: LiveTunnel): Promise<Channel> {
    if (tunnel.tlsMode === 'passthrough') {
      socket.settle()
      return new Replayed(socket, first)
    }
    const { tls, limits } = this.#deps
    if (!tls) throw new AppError('PROTOCOL_ERROR', { problem: 'there is no certificate' })
    const context = tls.pick('visitor', hello.serverName)
    const below = give(socket, first, guest)
    const secured = await terminate(below, { context, alpn: [], withinMs: limits.tlsHandshakeMs, guest })
    const channel = new SecureSocket(secured, below)
    channel.settle()
    return channel
  }

  #refuse({ guest, live, visitor }: TlsVisit, error: unknown): void {
    const { log } = this.#deps
    const fields = { tunnel: live.tunnel.id, visitor: visitor.address }
    if (!(error instanceof AppError)) log.error({ ...fields, err: error }, 'a visit met an error of ours')
    else if (error.code === 'PROTOCOL_ERROR')
      log.debug({ ...fields, problem: error.details.problem }, 'TLS handshake failed')
    else log.info({ ...fields, code: error.code }, 'a visitor was refused')
    guest.drop()
    guest.leave()
  }
}
