/** Owns public TCP ports: which are handed out, and letting their visitors through to the tunnel. */
import { type ByteServer, type ByteSocket, hostPort, listenBytes, type Log, newId } from '@towline/base'
import { AppError, type Limits } from '@towline/protocol'
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
    const over = (): void => {
      this.#visitors.delete(socket)
    }
    this.#let(socket, live, over).catch((error: unknown) => {
      this.#refused(socket, live, error)
      over()
    })
  }

  async #let(socket: ByteSocket, live: LiveTunnel, over: () => void): Promise<void> {
    const { signal } = new AtTheDoor(socket)
    await this.#deps.admit('tcp', { visitor: visitorOf(socket), tunnel: live.tunnel })
    const found = live.online ? live : await live.whenOnline(signal)
    if (signal.aborted) return over()
    if (found?.tunnel.kind !== 'tcp') throw new AppError('TUNNEL_OFFLINE')
    const from = hostPort(socket.remoteAddress, socket.remotePort)
    joinTunnel(socket, found, { from, requestId: newId('req'), over })
  }

  #refused(socket: ByteSocket, { tunnel }: LiveTunnel, error: unknown): void {
    const visitor = hostPort(socket.remoteAddress, socket.remotePort)
    if (error instanceof AppError)
      this.#deps.log.info({ tunnel: tunnel.id, visitor, code: error.code }, 'a visitor was refused')
    else this.#deps.log.error({ err: error, tunnel: tunnel.id }, 'a visit met an error of ours')
    socket.reset()
  }
}

const visitorOf = ({ remoteAddress, remotePort, localPort }: ByteSocket): Visitor => ({
  address: remoteAddress,
  port: remotePort,
  localPort,
  secure: false,
})
