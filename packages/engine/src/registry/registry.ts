/** Owns which clients and tunnels exist: opening, taking over, holding, cutting and removing them, with an event for each. */
import type { Log } from '@towline/base'
import {
  AppError,
  type Authority,
  type Limits,
  refusedByPolicy,
  type Tunnel,
  type TunnelOpen,
  type TunnelSpec,
} from '@towline/protocol'
import { judge, refused } from '../access/judge.ts'
import { type ClientRecord, Clients } from './clients.ts'
import { CutNotices } from './cut-notices.ts'
import { TunnelEntry } from './entry.ts'
import type { Host } from './host.ts'
import type { Journal } from './journal.ts'
import type { LiveTunnel } from './live-tunnel.ts'
import { makeTunnel } from './make-tunnel.ts'
import type { HeldPort, NameSlot } from './name-slot.ts'
import { Names } from './names.ts'
import { Routes, type TlsRouteChange } from './routes.ts'
import { Shelf } from './shelf.ts'
import { checkSpec } from './spec.ts'
import { type PublicUrl, routedHost } from './urls.ts'
import { reportCreated, reportDeleted } from './report-life.ts'
import { UsageReports } from './usage-reports.ts'

/** Opens the public port of a name. `wanted` 0 lets the system choose. */
export type OpenPort = (request: {
  /** Project and name, by which a port is remembered. */
  readonly key: string
  readonly wanted: number
  readonly live: () => LiveTunnel | undefined
}) => Promise<HeldPort>

export interface RegistryDeps {
  readonly authority: Pick<Authority, 'count' | 'keeper' | 'policy' | 'report'>
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  readonly log: Pick<Log, 'warn'>
  readonly journal: Journal
  readonly domain: string
  readonly publicUrl: PublicUrl
  readonly openPort: OpenPort
  readonly onTlsRouteChange?: TlsRouteChange | undefined
}

/** Why a link is no more, and how long its tunnels wait for it. */
export interface Leaving {
  readonly cause: 'closed' | 'lost' | 'cut' | 'revoked' | 'shutdown'
  /** 0 removes the tunnels at once. */
  readonly holdMs: number
}

/** Who cuts something, and why. */
export interface Cut {
  readonly by: string
  readonly reason: string
}

type Opened = (tunnel: Tunnel) => void

/** What a host asks for. */
export interface Asked extends Pick<TunnelOpen, 'holder' | 'again'> {
  readonly spec: TunnelSpec
}

interface Opening extends Asked {
  readonly opened: Opened
}

/** All clients and tunnels of an engine. */
export class Registry {
  readonly routes: Routes
  readonly #deps: RegistryDeps
  readonly #names: Names
  readonly #notices: CutNotices
  readonly #usage: UsageReports
  readonly #clients = new Clients()
  readonly #tunnels = new Shelf<TunnelEntry>()
  #order = 0

  constructor(deps: RegistryDeps) {
    this.#deps = deps
    this.#names = new Names(deps)
    this.#notices = new CutNotices(deps.limits.cutNotices)
    this.#usage = new UsageReports(deps)
    this.routes = new Routes(deps.onTlsRouteChange)
  }

  /** A client is linked. */
  join(host: Host): void {
    const { client } = this.#clients.add(host)
    this.#deps.journal.append({ type: 'client.created', object: client })
  }

  /** A link is over; its tunnels are held or removed. */
  leave(host: Host, { cause, holdMs }: Leaving): void {
    const record = this.#clients.get(host)
    if (!record) return
    this.#clients.delete(host)
    this.#deps.journal.append({ type: 'client.deleted', object: { ...record.client, cause } })
    for (const entry of record.entries) {
      if (holdMs > 0) this.#hold(entry, holdMs)
      else this.#remove(entry, cause)
    }
  }

  /**
   * Opens a tunnel on `host`, which hears of it by `opened` before anybody can come through. Throws the AppError that names
   * what is refused; then nothing was created.
   */
  async open(host: Host, asked: Asked, opened: Opened): Promise<Tunnel> {
    const { limits } = this.#deps
    const record = this.#clients.get(host)
    if (!record) throw new AppError('TUNNEL_OFFLINE')
    const spec = checkSpec(asked.spec, limits)
    const refusal = refused(host.principal, 'createTunnel', { tunnel: spec })
    if (refusal) throw refusal
    return record.opens(limits, async () => {
      await this.#keepToPolicy(host, spec)
      const slot = this.#names.claim(host.principal, spec.name)
      try {
        return await slot.inTurn(() => this.#place(record, slot, { ...asked, spec, opened }))
      } finally {
        if (this.#names.release(slot)) this.#freed(slot)
      }
    })
  }

  /** The host ends one of its tunnels. Answers false when it has none of that id. */
  closeTunnel(host: Host, id: string): boolean {
    const entry = this.#tunnels.get(host.about.projectId, id)
    if (entry?.host !== host) return false
    this.#remove(entry, 'closed')
    return true
  }

  /** The host ends all of its tunnels; streams that are open go on. */
  closeTunnels(host: Host): void {
    for (const entry of this.#clients.get(host)?.entries ?? []) this.#remove(entry, 'closed')
  }

  /** A tunnel by name or id. */
  find(projectId: string, nameOrId: string): TunnelEntry | undefined {
    return this.#tunnels.get(projectId, nameOrId) ?? this.#names.find(projectId, nameOrId)?.entry
  }

  /** Oldest first. */
  tunnels(projectId: string): readonly TunnelEntry[] {
    return this.#tunnels.of(projectId)
  }

  /** Oldest first. */
  clients(projectId: string): readonly ClientRecord[] {
    return this.#clients.of(projectId)
  }

  /** Removes a tunnel against its owner's will; the owner is told who and why. Throws NOT_FOUND. */
  cutTunnel(projectId: string, nameOrId: string, { by, reason }: Cut): Tunnel {
    const entry = this.find(projectId, nameOrId)
    if (!entry) throw new AppError('NOT_FOUND', { what: 'tunnel', id: nameOrId })
    const { tunnel } = entry
    const error = new AppError('TUNNEL_CUT', { name: tunnel.name, by, reason })
    entry.tell(error.toJSON())
    if (!entry.host?.audible) this.#notices.keep(entry.slot, error)
    this.#remove(entry, 'cut')
    entry.resetStreams()
    return tunnel
  }

  /** Ends a client's link and removes its tunnels; the owner is told who and why. Throws NOT_FOUND. */
  cutClient(projectId: string, id: string, cut: Cut): ClientRecord['client'] {
    const record = this.#clients.find(projectId, id)
    if (!record) throw new AppError('NOT_FOUND', { what: 'client', id })
    const { client, host, entries } = record
    const error = new AppError('CLIENT_CUT', { by: cut.by, reason: cut.reason })
    if (!host.audible) for (const { slot } of entries) this.#notices.keep(slot, error)
    host.end({ cause: 'cut', error })
    return client
  }

  /** Tells what was used, when it is time to. */
  tellUsage(): void {
    this.#usage.tick(this.#tunnels.all())
  }

  /** Sends figures that changed to the hosts. */
  sendStats(): void {
    for (const { host, entries } of this.#clients.all()) {
      for (const { meter, tunnel } of entries) {
        const figures = meter.takeChanged()
        if (figures) host.send({ type: 'tunnel.stats', tunnelId: tunnel.id, ...figures })
      }
    }
  }

  /** Removes what is left; links end before. */
  close(): void {
    for (const entry of this.#tunnels.all()) this.#remove(entry, 'shutdown')
  }

  /** Settings change while links live, so each open asks anew. Throws POLICY_REFUSED. */
  async #keepToPolicy({ about }: Host, spec: TunnelSpec): Promise<void> {
    const policy = await this.#deps.authority.policy(about.projectId)
    const problem = policy && refusedByPolicy(policy, spec)
    if (problem !== undefined) throw new AppError('POLICY_REFUSED', { problem })
  }

  /** A name that is live here stays here, whoever kept it since: it goes on over a link that broke. Throws NAME_KEPT. */
  async #keepToReservations({ entry, name, projectId }: NameSlot, { kind }: TunnelSpec): Promise<void> {
    const isLive = entry !== undefined && entry.tunnel.kind !== 'private'
    if (kind === 'private' || isLive) return
    const keeper = await this.#deps.authority.keeper(name)
    if (keeper !== undefined && keeper !== projectId) throw new AppError('NAME_KEPT', { name })
  }

  async #place(record: ClientRecord, slot: NameSlot, asked: Opening): Promise<Tunnel> {
    const { host } = record
    const { spec, opened, holder } = asked
    if (asked.again && slot.entry && slot.entry.holder !== holder)
      throw new AppError('TUNNEL_REPLACED', { name: slot.name })
    const cut = this.#notices.take(slot)
    if (cut) throw cut
    await this.#keepToReservations(slot, spec)
    refuseTakeover(slot, host)
    routedHost({ name: slot.name, slug: host.principal.projectSlug, domain: this.#deps.domain })
    const port = spec.kind === 'tcp' ? await this.#portFor(slot, spec.port ?? 0) : undefined
    if (this.#clients.get(host) !== record) {
      if (port !== slot.port) this.#closePort(port)
      throw new AppError('TUNNEL_OFFLINE')
    }
    if (port !== slot.port) this.#closePort(slot.port)
    slot.port = port
    return this.#takeOver(record, this.#makeEntry(host, slot, asked), opened)
  }

  /** From here on nothing can fail: the newest has the name. */
  #takeOver(record: ClientRecord, entry: TunnelEntry, opened: Opened): Tunnel {
    const { slot, tunnel } = entry
    const old = slot.entry
    opened(tunnel)
    slot.entry = entry
    if (old) {
      old.tell(new AppError('TUNNEL_REPLACED', { name: tunnel.name }).toJSON())
      this.#remove(old, 'replaced')
    }
    this.#tunnels.add(tunnel.projectId, tunnel.id, entry)
    record.entries.add(entry)
    this.routes.add(this.#routeOf(entry), entry)
    slot.settle()
    this.#deps.journal.append({ type: 'tunnel.created', object: tunnel })
    reportCreated(this.#deps, entry)
    this.#deps.journal.append({ type: 'client.updated', object: record.client })
    return tunnel
  }

  #makeEntry(host: Host, slot: NameSlot, { spec, holder }: Asked): TunnelEntry {
    const { domain, publicUrl, clock, limits } = this.#deps
    this.#order++
    const place = { domain, publicUrl, epoch: this.#names.nextEpoch(), createdAt: Math.floor(clock() / 1000) }
    const tunnel = makeTunnel({ host, slot, spec }, place)
    return new TunnelEntry({ tunnel, slot, host, holder, slug: host.principal.projectSlug, order: this.#order, limits })
  }

  #hold(entry: TunnelEntry, holdMs: number): void {
    entry.goOffline(holdMs, () => this.#remove(entry, 'lost'))
    this.#deps.journal.append({ type: 'tunnel.updated', object: entry.tunnel })
  }

  #remove(entry: TunnelEntry, cause: Leaving['cause'] | 'replaced'): void {
    const { slot, host } = entry
    if (!this.#tunnels.delete(slot.projectId, entry.tunnel.id)) return
    this.routes.remove(this.#routeOf(entry), entry)
    this.#usage.last(entry)
    entry.retire()
    if (slot.entry === entry) slot.entry = undefined
    this.#deps.journal.append({ type: 'tunnel.deleted', object: { ...entry.tunnel, cause } })
    reportDeleted(this.#deps, entry, cause)
    this.#forget(host, entry)
    slot.settle()
    if (this.#names.drop(slot)) this.#freed(slot)
  }

  /** The client, when it is still there, has one tunnel less. */
  #forget(host: Host | undefined, entry: TunnelEntry): void {
    const record = host && this.#clients.get(host)
    if (!record?.entries.delete(entry)) return
    this.#deps.journal.append({ type: 'client.updated', object: record.client })
  }

  #routeOf({ tunnel, slug }: TunnelEntry): string {
    return routedHost({ name: tunnel.name, slug, domain: this.#deps.domain })
  }

  /** The port a name has already, when it fits. */
  async #portFor(slot: NameSlot, wanted: number): Promise<HeldPort> {
    if (slot.port && (wanted === 0 || wanted === slot.port.port)) return slot.port
    return this.#deps.openPort({ key: `${slot.projectId}/${slot.name}`, wanted, live: () => slot.entry })
  }

  #freed(slot: NameSlot): void {
    this.#closePort(slot.port)
    slot.port = undefined
  }

  /** Stops listening at once; connections that are open go on, so nobody waits for them here. */
  #closePort(port: HeldPort | undefined): void {
    port
      ?.close()
      .catch((error: unknown) => this.#deps.log.warn({ err: error, port: port.port }, 'closing a port failed'))
  }
}

/** Taking a name over ends the tunnel that has it, which a bounded credential may do only to what it could have made. */
const refuseTakeover = ({ entry, name }: NameSlot, { principal }: Host): void => {
  if (entry && !judge(principal, 'createTunnel', { tunnel: entry.tunnel }).allow) {
    throw new AppError('NAME_TAKEN', { name })
  }
}
