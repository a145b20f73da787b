/** Owns public TCP ports: which are handed out, and letting their visitors through to the tunnel. */
import { type ByteServer, type ByteSocket, hostPort, listenBytes, type Log } from '@towline/base'
import { AppError, type Limits } from '@towline/protocol'
import { requestId } from '../edge/request-ids.ts'
import type { Admission } from '../edge/steps.ts'
import type { Visitor } from '../edge/visitor.ts'
import { AtTheDoor, joinTunnel } from '../registry/join.ts'
import type { LiveTunnel } from '../registry/live-tunnel.ts'
import type { HeldPort } from '../registry/name-slot.ts'
import type { OpenPort } from '../registry/registry.ts'
import { PortMemory } from './port-memory.ts'

export interface TcpPortsDeps {
  readonly listenHost: string
  readonly admit: Admission['admit']
  readonly limits: Limits
  readonly log: Pick<Log, 'info' | 'error'>
}

/** See the file's head. */
export class TcpPorts {
  readonly #deps: TcpPortsDeps
  readonly #memory: PortMemory
  readonly #visitors = new Set<ByteSocket>()

  constructor(deps: TcpPortsDeps) {
    this.#deps = deps
    this.#memory = new PortMemory(deps.limits.portMemory)
  }

  /** Throws PORT_FORBIDDEN or PORT_IN_USE. A name that comes back without a wish gets its last port when it is free. */
  readonly open: OpenPort = async ({ key, wanted, live }) => {
    const { tcpPortMin } = this.#deps.limits
    if (wanted !== 0 && wanted < tcpPortMin) {
      const address = hostPort(this.#deps.listenHost, wanted)
      throw new AppError('PORT_FORBIDDEN', { address, problem: `ports below ${tcpPortMin} are not handed out` })
    }
    const server = wanted === 0 ? await this.#any(key, live) : await this.#listen(wanted, live)
    this.#memory.keep(key, server.port)
    return server
  }

  /** Drops all visitors. */
  close(): void {
    for (const socket of [...this.#visitors]) socket.reset()
  }

  async #any(key: string, live: () => LiveTunnel | undefined): Promise<HeldPort> {
    const last = this.#memory.of(key)
    if (last === undefined) return this.#listen(0, live)
    return this.#listen(last, live).catch(() => this.#listen(0, live))
  }

  #listen(port: number, live: () => LiveTunnel | undefined): Promise<ByteServer> {
    const onConnection = (socket: ByteSocket): void => this.#onVisitor(socket, live())
    return listenBytes({ host: this.#deps.listenHost, port, onConnection })
  }

  #onVisitor(socket: ByteSocket, live: LiveTunnel | undefined): void {
    if (!live || this.#visitors.size >= this.#deps.limits.engineConnections) return socket.reset()
    this.#visitors.add(socket)
    socket.settle()
    try {
      const asked = this.#deps.admit('tcp', { visitor: visitorOf(socket), tunnel: live.tunnel })
      if (!asked && live.online) return this.#join(socket, live)
      this.#wait(socket, live, asked).catch((error: unknown) => this.#refuse(socket, live, error))
    } catch (error) {
      this.#refuse(socket, live, error)
    }
  }

  /** Most visitors need no wait and come straight here. */
  #join(socket: ByteSocket, live: LiveTunnel): void {
    if (live.tunnel.kind !== 'tcp') throw new AppError('TUNNEL_OFFLINE')
    const from = hostPort(socket.remoteAddress, socket.remotePort)
    joinTunnel(socket, live, { from, requestId: requestId(), over: () => this.#visitors.delete(socket) })
  }

  async #wait(socket: ByteSocket, live: LiveTunnel, asked: Promise<void> | undefined): Promise<void> {
    const { signal } = new AtTheDoor(socket)
    await asked
    const found = live.online ? live : await live.whenOnline(signal)
    if (signal.aborted) return void this.#visitors.delete(socket)
    if (!found) throw new AppError('TUNNEL_OFFLINE')
    this.#join(socket, found)
  }

  #refuse(socket: ByteSocket, { tunnel }: LiveTunnel, error: unknown): void {
    const { log } = this.#deps
    const visitor = hostPort(socket.remoteAddress, socket.remotePort)
    if (error instanceof AppError) log.info({ tunnel: tunnel.id, visitor, code: error.code }, 'a visitor was refused')
    else log.error({ err: error, tunnel: tunnel.id }, 'a visit met an error of ours')
    this.#visitors.delete(socket)
    socket.reset()
  }
}

const visitorOf = ({ remoteAddress, remotePort, localPort }: ByteSocket): Visitor => ({
  address: remoteAddress,
  port: remotePort,
  localPort,
  secure: false,
})
