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
  RESET,
  type Sink,
  type StreamOpen,
  type Tunnel,
  validateLabels,
} from '@towline/protocol'
import type { Departure, Host } from '../registry/host.ts'
import type { Asked } from '../registry/registry.ts'
import { aboutClient, firstLinkOf, requireLinkable } from './admit.ts'
import { reportRefused } from '../registry/report-life.ts'
import { handle } from './handlers.ts'
import { type Lane, Lanes } from './lanes.ts'
import type { LinkDeps, LinkInfo } from './link-deps.ts'
import { chooseVersion } from './version.ts'

/** Who keeps all links. */
export interface LinkOwner {
  /** The link of a client; one that has not been welcomed has no principal. */
  find(clientId: string): Link | undefined
  /** Once, when the link has ended. */
  over(link: Link): void
}

/** See the file's head. Until the welcome it belongs to nobody, and its peer may only say hello. */
export class Link implements Host, Lane {
  readonly deps: LinkDeps
  readonly info: LinkInfo
  readonly id = newId('cli')
  readonly #owner: LinkOwner
  #log: Log
  #mux: Mux | undefined
  #lanes: Lanes | undefined
  /** The client's first link, when this is a lane of it. */
  #laneOf: Link | undefined
  #principal: Principal | undefined
  #about: Host['about'] | undefined
  #greeted = false
  #inOrder = false
  #departure: Departure | undefined
  #helloTimer: NodeJS.Timeout | undefined

  constructor(deps: LinkDeps, info: LinkInfo, owner: LinkOwner) {
    this.deps = deps
    this.info = info
    this.#owner = owner
    this.#log = deps.log.child({ client: this.id })
  }

  get log(): Log {
    return this.#log
  }

  get welcomed(): boolean {
    return this.#principal !== undefined
  }

  /** Whether it only carries streams of another link's tunnels. */
  get isLane(): boolean {
    return this.#laneOf !== undefined
  }

  get mux(): Mux | undefined {
    return this.#mux
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
      .verify(hello.token, hello.project)
      .then((principal) => this.#guarded(() => this.#welcome(principal, { ...hello, labels }, version)))
      .catch((error: unknown) => this.fail(error))
  }

  /** Opens a tunnel for the client, which hears of it by `opened`. */
  async openTunnel(asked: Asked, opened: (tunnel: Tunnel) => void): Promise<Tunnel> {
    try {
      return await this.#openTunnel(asked, opened)
    } catch (error) {
      reportRefused(this.deps, this, { spec: asked.spec, error })
      throw error
    }
  }

  async #openTunnel(asked: Asked, opened: (tunnel: Tunnel) => void): Promise<Tunnel> {
    if (!this.principal.permissions.includes('tunnels.create')) {
      throw new AppError('FORBIDDEN', { permission: 'tunnels.create' })
    }
    if (this.#inOrder) throw new AppError('PROTOCOL_ERROR', { problem: 'tunnel.open after goaway' })
    return this.deps.registry.open(this, asked, opened)
  }

  /** The client said goaway: its tunnels are over at once, its streams end in their own time. */
  leaveInOrder(): void {
    this.#inOrder = true
    this.#laneOf?.dropLane(this)
    this.deps.registry.closeTunnels(this)
  }

  open(open: StreamOpen, sink: Sink): Channel {
    if (!this.#mux) throw new AppError('TUNNEL_OFFLINE')
    return this.#lanes ? this.#lanes.open(open, sink) : this.#mux.open(open, sink)
  }

  send(message: ControlMessage): void {
    if (message.type === 'tunnel.opened') this.#lanes?.told()
    this.#mux?.send(message)
  }

  /** Looks whether one more connection would help, or one less do. */
  lookAtLanes(): void {
    this.#lanes?.tick()
  }

  /** Throws LIMIT_REACHED, or TUNNEL_OFFLINE when this link is going or is a lane itself. */
  addLane(lane: Link, mux: Mux): void {
    if (!this.#lanes || this.#departure || this.#inOrder) throw new AppError('TUNNEL_OFFLINE')
    this.#lanes.add(lane, mux)
  }

  dropLane(lane: Link): void {
    this.#lanes?.delete(lane)
  }

  retire(): void {
    this.send({ type: 'goaway' })
    this.end({ cause: 'closed' })
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
    requireLinkable(principal, this.deps)
    if (hello.laneOf !== undefined) return this.#welcomeLane(principal, hello.laneOf, version)
    clearTimeout(this.#helloTimer)
    this.#principal = principal
    this.#about = aboutClient(this, principal, hello)
    this.#log = this.#log.child({ project: principal.projectId, credentialId: principal.credentialId })
    this.#lanes = this.#makeLanes(this.#mux as Mux)
    this.#sayWelcome(principal, this.id, version)
    this.deps.registry.join(this)
  }

  #welcomeLane(principal: Principal, clientId: string, version: number): void {
    const primary = firstLinkOf(this.#owner, principal, clientId)
    primary.addLane(this, this.#mux as Mux)
    clearTimeout(this.#helloTimer)
    this.#principal = principal
    this.#laneOf = primary
    this.#log = this.#log.child({ project: principal.projectId, laneOf: primary.id })
    this.#log.info('a client opened a lane')
    this.#sayWelcome(principal, primary.id, version)
  }

  #makeLanes(primary: Mux): Lanes {
    const want = (): void => this.send({ type: 'lane.want' })
    return new Lanes({ limits: this.deps.limits, primary, now: () => performance.now(), want })
  }

  #sayWelcome(principal: Principal, clientId: string, version: number): void {
    const project = { id: principal.projectId, slug: principal.projectSlug }
    this.send({ type: 'welcome', version, clientId, project, engine: this.deps.engine })
  }

  #onStream(stream: MuxStream, open: StreamOpen): void {
    if (this.isLane) return stream.reset(RESET.forbidden)
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
    if (this.#about) {
      this.#log.info({ cause, ...(error && { problem: error.message }) }, 'a link ended')
      this.deps.registry.leave(this, { cause, holdMs: cause === 'lost' ? this.#holdMs() : 0 })
    }
    this.#laneOf?.dropLane(this)
    this.#lanes?.end({ cause: 'closed' })
    this.#owner.over(this)
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
