/** Owns all links of an engine: how many there may be, and ending those whose credential is no longer good. */
import { AppError, type Authority, type Channel } from '@towline/protocol'
import { dependsOn } from '../access/depends-on.ts'
import { Link } from './link.ts'
import type { LinkDeps, LinkInfo } from './link-deps.ts'

export interface LinksDeps extends LinkDeps {
  readonly authority: Pick<Authority, 'onRevoked' | 'report'>
}

/** See the file's head. */
export class Links {
  readonly #deps: LinksDeps
  readonly #links = new Map<string, Link>()
  readonly #ticks: NodeJS.Timeout
  readonly #unsubscribe: () => void
  #closed = false

  constructor(deps: LinksDeps) {
    this.#deps = deps
    this.#ticks = setInterval(() => this.#lookAtLanes(), deps.limits.laneTickMs).unref()
    this.#unsubscribe = deps.authority.onRevoked((credentialId) => this.#revoke(credentialId))
  }

  get size(): number {
    return this.#links.size
  }

  /** Takes a channel whose first bytes are the preface. Over engineLinks the peer is told and closed. */
  accept(channel: Channel, info: LinkInfo): void {
    const { engineLinks } = this.#deps.limits
    const full = this.#links.size >= engineLinks
    const link = new Link(this.#deps, info, {
      find: (clientId) => this.#links.get(clientId),
      over: ({ id }) => this.#links.delete(id),
    })
    this.#links.set(link.id, link)
    link.start(channel)
    if (this.#closed) link.end({ cause: 'shutdown', error: new AppError('SHUTTING_DOWN') })
    else if (full) link.fail(new AppError('LIMIT_REACHED', { limit: 'engineLinks', value: engineLinks }))
  }

  /** Ends links whose credential has expired. */
  expire(): void {
    const now = this.#deps.clock() / 1000
    for (const link of this.#welcomed()) {
      if ((link.principal.expiresAt ?? Number.POSITIVE_INFINITY) <= now) link.end(REVOKED)
    }
  }

  /** Tells every client that the engine goes. What was written still leaves; peers that do not close are reset after linkLingerMs. */
  close(): void {
    this.#closed = true
    clearInterval(this.#ticks)
    this.#unsubscribe()
    for (const link of [...this.#links.values()]) link.end({ cause: 'shutdown', error: new AppError('SHUTTING_DOWN') })
  }

  #revoke(credentialId: string): void {
    for (const link of this.#welcomed()) if (dependsOn(link.principal, credentialId)) link.end(REVOKED)
  }

  #lookAtLanes(): void {
    for (const link of this.#links.values()) link.lookAtLanes()
  }

  #welcomed(): readonly Link[] {
    return [...this.#links.values()].filter((link) => link.welcomed)
  }
}

const REVOKED = { cause: 'revoked', error: new AppError('UNAUTHENTICATED') } as const
