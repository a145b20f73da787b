/** Owns who watches a project: a first state or what was missed, then every event, until the credential ends. */
import {
  AppError,
  type Authority,
  type Client,
  type Limits,
  type Principal,
  type Tunnel,
  type WatchEvent,
} from '@towline/protocol'
import { dependsOn } from '../access/depends-on.ts'
import { type TunnelEvent, viewChanged, viewClient, viewTunnel } from '../access/views.ts'
import type { ChangeEvent, Journal } from '../registry/journal.ts'
import type { Registry } from '../registry/registry.ts'
import { CLIENT_KEYS, filterOf, TUNNEL_KEYS } from './pages.ts'

export interface WatchersDeps {
  readonly registry: Pick<Registry, 'tunnels' | 'clients'>
  readonly journal: Journal
  readonly authority: Pick<Authority, 'onRevoked'>
  /** Whether its credential was revoked since it was verified. */
  readonly isOver: (principal: Principal) => boolean
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** What is watched, by whom. */
export interface WatchRequest {
  readonly principal: Principal
  readonly tunnelFilter?: string | undefined
  readonly clientFilter?: string | undefined
  /** The last event that is known. */
  readonly lastEventId?: string | undefined
}

/** Where events go. */
export interface WatchOut {
  send(event: WatchEvent): void
  /** Keeps an idle connection alive. */
  ping(): void
  /** The watch is over; the watcher may come back. */
  end(): void
}

interface Watcher {
  readonly principal: Principal
  readonly out: WatchOut
  readonly stop: () => void
}

/** See the file's head. */
export class Watchers {
  readonly #deps: WatchersDeps
  readonly #watchers = new Set<Watcher>()
  readonly #unsubscribe: () => void
  readonly #pings: NodeJS.Timeout
  #closed = false

  constructor(deps: WatchersDeps) {
    this.#deps = deps
    this.#unsubscribe = deps.authority.onRevoked((id) => this.#endThose((principal) => dependsOn(principal, id)))
    this.#pings = setInterval(() => this.#ping(), deps.limits.watchPingMs).unref()
  }

  get size(): number {
    return this.#watchers.size
  }

  /** Checks a request before anything is answered. Throws FILTER_INVALID, LIMIT_REACHED or SHUTTING_DOWN. */
  admit(request: WatchRequest): (out: WatchOut) => () => void {
    const { watchers } = this.#deps.limits
    const sight = sightOf(request)
    if (this.#closed) throw new AppError('SHUTTING_DOWN')
    if (this.#watchers.size >= watchers) throw new AppError('LIMIT_REACHED', { limit: 'watchers', value: watchers })
    return (out) => this.#open(request, sight, out)
  }

  /** Ends watches whose credential has expired. */
  expire(): void {
    const now = this.#deps.clock() / 1000
    this.#endThose(({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt <= now)
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#pings)
    this.#unsubscribe()
    this.#endThose(() => true)
  }

  /** Answers a stop. */
  #open({ principal, lastEventId }: WatchRequest, sight: Sight, out: WatchOut): () => void {
    const { projectId } = principal
    const tell = (event: ChangeEvent): void => {
      const seen = sight.event(event)
      if (seen) out.send(seen)
    }
    const following = this.#deps.journal.follow(projectId, lastEventId, tell)
    const stop = (): void => {
      following.stop()
      this.#watchers.delete(watcher)
    }
    const watcher: Watcher = { principal, out, stop }
    this.#watchers.add(watcher)
    if (this.#deps.isOver(principal)) {
      this.#endThose((one) => one === principal)
      return stop
    }
    if (following.missed) for (const event of following.missed) tell(event)
    else out.send(this.#initial(projectId, following.head, sight))
    return stop
  }

  #initial(projectId: string, id: string, sight: Sight): WatchEvent {
    const tunnels = this.#deps.registry.tunnels(projectId).flatMap(({ tunnel }) => sight.tunnel(tunnel) ?? [])
    const clients = this.#deps.registry.clients(projectId).flatMap(({ client }) => sight.client(client) ?? [])
    return {
      id,
      type: 'state.initial',
      createdAt: Math.floor(this.#deps.clock() / 1000),
      projectId,
      object: { tunnels, clients },
    }
  }

  #ping(): void {
    for (const { out } of this.#watchers) out.ping()
  }

  #endThose(picks: (principal: Principal) => boolean): void {
    for (const { principal, out, stop } of [...this.#watchers]) {
      if (!picks(principal)) continue
      stop()
      out.end()
    }
  }
}

/** What a watcher gets to see of everything; undefined is nothing. */
interface Sight {
  readonly tunnel: (tunnel: Tunnel) => Tunnel | undefined
  readonly client: (client: Client) => Client | undefined
  readonly event: (event: ChangeEvent) => ChangeEvent | undefined
}

/**
 * First the boundary, then the watcher's filter, which so tells nothing of what is hidden. A tunnel that stops or begins to
 * match because its status changed is told, so that no watcher keeps a stale one.
 */
const sightOf = ({ principal, tunnelFilter, clientFilter }: WatchRequest): Sight => {
  const tunnel = filterOf(tunnelFilter, TUNNEL_KEYS)
  const client = filterOf(clientFilter, CLIENT_KEYS)
  const everOf = (item: object): boolean =>
    tunnel({ ...item, status: 'online' }) || tunnel({ ...item, status: 'offline' })
  const seen = (event: ChangeEvent): object | undefined =>
    isOfTunnel(event)
      ? passing(viewChanged(principal, event), everOf)
      : passing(viewClient(principal, event.object as Client), client)
  return {
    // A view may lack fields that the boundary does not select; the documents say so.
    tunnel: (one) => passing(viewTunnel(principal, one), tunnel) as Tunnel | undefined,
    client: (one) => passing(viewClient(principal, one), client),
    event: (event) => {
      const object = seen(event)
      // The very event is written as JSON once for all who see it whole.
      return object === undefined || object === event.object ? object && event : ({ ...event, object } as ChangeEvent)
    },
  }
}

const isOfTunnel = (event: ChangeEvent): event is TunnelEvent => event.type.startsWith('tunnel.')

const passing = <Item extends object>(item: Item | undefined, passes: (item: object) => boolean): Item | undefined =>
  item && passes(item) ? item : undefined
