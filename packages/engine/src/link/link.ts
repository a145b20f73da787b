/** Owns one link from its first byte to its end: who the client is, its control messages, and how it leaves. */
import { type Log, newId } from '@towline/base'
import {
  AppError,
  attachLink,
  type Channel,
  type ControlMessage,
  type Hello,
  type Mux,
  type MuxStream,
  type Principal,
  shown,
  type Sink,
  type StreamOpen,
  type Tunnel,
  type TunnelSpec,
  validateLabels,
} from '@towline/protocol'
import type { Departure, Host } from '../registry/host.ts'
import { handle } from './handlers.ts'
import type { LinkDeps, LinkInfo } from './link-deps.ts'
import { chooseVersion } from './version.ts'

/** See the file's head. Until the welcome it belongs to nobody, and its peer may only say hello. */
export class Link implements Host {
  readonly deps: LinkDeps
  readonly info: LinkInfo
  readonly id = newId('cli')
  readonly #onOver: (link: Link) => void
  #log: Log
  #mux: Mux | undefined
  #principal: Principal | undefined
  #about: Host['about'] | undefined
  #greeted = false
  #inOrder = false
  #departure: Departure | undefined
  #helloTimer: NodeJS.Timeout | undefined

  /** `onOver` is called once, when the link has ended. */
  constructor(deps: LinkDeps, info: LinkInfo, onOver: (link: Link) => void) {
    this.deps = deps
    this.info = info
    this.#onOver = onOver
    this.#log = deps.log.child({ client: this.id })
  }

  get log(): Log {
    return this.#log
  }

  get welcomed(): boolean {
    return this.#about !== undefined
  }

  /** Who it is; only after the welcome. */
  get principal(): Principal {
    return this.#principal as Principal
  }

  get about(): Host['about'] {
    return this.#about as Host['about']
  }

  /** Pings go out every linkPingMs, so a live peer is heard at least that often. */
  get audible(): boolean {
    return this.#mux !== undefined && !this.#mux.closed && this.#silentMs() < 1.5 * this.deps.limits.linkPingMs
  }

  /** Takes the channel over. The peer has linkHelloMs to say who it is. */
  start(channel: Channel): void {
    const { limits } = this.deps
    this.#helloTimer = setTimeout(
      () => this.fail(new AppError('PROTOCOL_ERROR', { problem: 'no hello came in time' })),
      limits.linkHelloMs,
    )
    this.#helloTimer.unref()
    this.#mux = attachLink(channel, {
      role: 'engine',
      limits,
      onStream: (stream, open) => this.#onStream(stream, open),
      onControl: (message) => this.#guarded(() => handle(this, message)),
      onClosed: (error) => this.#onClosed(error),
    })
    // Bytes that had come already were read while the mux was being made.
    if (this.#departure) this.#sayGoodbye(this.#departure)
  }

  /** The client says who it is. */
  greet(hello: Hello): void {
    if (this.#greeted) throw new AppError('PROTOCOL_ERROR', { problem: 'hello came twice' })
    this.#greeted = true
    const version = chooseVersion(hello)
    const labels = validateLabels(hello.labels ?? {}, this.deps.limits)
    this.deps
      .verify(hello.token)
      .then((principal) => this.#guarded(() => this.#welcome(principal, { ...hello, labels }, version)))
      .catch((error: unknown) => this.fail(error))
  }

  /** Opens a tunnel for the client, which hears of it by `opened`. */
  async openTunnel(spec: TunnelSpec, opened: (tunnel: Tunnel) => void): Promise<Tunnel> {
    if (!this.principal.permissions.includes('tunnels.create')) {
      throw new AppError('FORBIDDEN', { permission: 'tunnels.create' })
    }
    if (this.#inOrder) throw new AppError('PROTOCOL_ERROR', { problem: 'tunnel.open after goaway' })
    return this.deps.registry.open(this, spec, opened)
  }

  /** The client said goaway: its tunnels are over at once, its streams end in their own time. */
  leaveInOrder(): void {
    this.#inOrder = true
    this.deps.registry.closeTunnels(this)
  }

  open(open: StreamOpen, sink: Sink): Channel {
    if (!this.#mux) throw new AppError('TUNNEL_OFFLINE')
    return this.#mux.open(open, sink)
  }

  send(message: ControlMessage): void {
    this.#mux?.send(message)
  }

  end(departure: Departure): void {
    if (this.#departure) return
    this.#departure = departure
    this.#sayGoodbye(departure)
  }

  /** Ends the link because of what its peer did or is. */
  fail(error: unknown): void {
    const told = this.told(error)
    this.#log.info(
      { code: told.code, address: this.info.address, problem: told.message },
      'a link was refused or broken off',
    )
    this.end({ cause: 'closed', error: told })
  }

  /** What the peer is told of an error; what is not ours to explain goes into the log under an id. */
  told(error: unknown): AppError {
    if (error instanceof AppError) return error
    const id = newId('err')
    this.#log.error({ err: error, id }, 'a link met an error of ours')
    return new AppError('INTERNAL', { id })
  }

  #sayGoodbye({ error }: Departure): void {
    if (error) this.send({ type: 'error', error: error.toJSON() })
    this.#mux?.close()
  }

  #welcome(principal: Principal, hello: Hello, version: number): void {
    if (this.#departure || this.#mux?.closed) return
    if (!principal.permissions.includes('tunnels.create') && !principal.permissions.includes('tunnels.connect')) {
      throw new AppError('FORBIDDEN', { permission: 'tunnels.connect' })
    }
    clearTimeout(this.#helloTimer)
    this.#principal = principal
    this.#about = aboutClient(this, principal, hello)
    this.#log = this.#log.child({ project: principal.projectId, credentialId: principal.credentialId })
    const project = { id: principal.projectId, slug: principal.projectSlug }
    this.send({ type: 'welcome', version, clientId: this.id, project, engine: this.deps.engine })
    this.deps.registry.join(this)
  }

  #onStream(stream: MuxStream, open: StreamOpen): void {
    this.#guarded(() => this.deps.dial(this, stream, open))
  }

  #guarded(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.fail(error)
    }
  }

  #onClosed(error: AppError | undefined): void {
    clearTimeout(this.#helloTimer)
    const cause = this.#departure?.cause ?? (this.#inOrder ? 'closed' : 'lost')
    if (this.welcomed) {
      this.#log.info({ cause, ...(error && { problem: error.message }) }, 'a link ended')
      this.deps.registry.leave(this, { cause, holdMs: cause === 'lost' ? this.#holdMs() : 0 })
    }
    this.#onOver(this)
  }

  /** A peer that was silent for long before its link broke is waited for that much less. */
  #holdMs(): number {
    const { holdMs, goneMs } = this.deps.limits
    return Math.max(0, Math.min(holdMs, goneMs - this.#silentMs()))
  }

  #silentMs(): number {
    return this.#mux ? performance.now() - this.#mux.heardAt : 0
  }
}

/** What the peer says of itself is shown to people: it is made safe and short. */
const aboutClient = ({ id, info, deps }: Link, principal: Principal, hello: Hello): Host['about'] => ({
  id,
  agent: shown(hello.agent),
  os: shown(hello.os),
  arch: shown(hello.arch),
  labels: hello.labels ?? {},
  address: info.address,
  transport: info.transport,
  owner: principal.credentialId,
  projectId: principal.projectId,
  status: 'online',
  createdAt: Math.floor(deps.clock() / 1000),
})
