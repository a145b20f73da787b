/** Owns all links of an engine: how many there may be, and ending those whose credential is no longer good. */
import { AppError, type Authority, type Channel } from '@towline/protocol'
import { Link } from './link.ts'
import type { LinkDeps, LinkInfo } from './link-deps.ts'

export interface LinksDeps extends LinkDeps {
  readonly authority: Pick<Authority, 'onRevoked'>
}

/** See the file's head. */
export class Links {
  readonly #deps: LinksDeps
  readonly #links = new Set<Link>()
  readonly #unsubscribe: () => void
  #idle: (() => void) | undefined
  #closing: Promise<void> | undefined

  constructor(deps: LinksDeps) {
    this.#deps = deps
    this.#unsubscribe = deps.authority.onRevoked((credentialId) => this.#revoke(credentialId))
  }

  get size(): number {
    return this.#links.size
  }

  /** Takes a channel whose first bytes are the preface. Over engineLinks the peer is told and closed. */
  accept(channel: Channel, info: LinkInfo): void {
    const { engineLinks } = this.#deps.limits
    const full = this.#links.size >= engineLinks
    const link = new Link(this.#deps, info, () => this.#forget(link))
    this.#links.add(link)
    link.start(channel)
    if (this.#closing) link.end({ cause: 'shutdown', error: new AppError('SHUTTING_DOWN') })
    else if (full) link.fail(new AppError('LIMIT_REACHED', { limit: 'engineLinks', value: engineLinks }))
  }

  /** Ends links whose credential has expired. */
  expire(): void {
    const now = this.#deps.clock() / 1000
    for (const link of this.#welcomed()) {
      if ((link.principal.expiresAt ?? Number.POSITIVE_INFINITY) <= now) link.end(REVOKED)
    }
  }

  /** Tells every client that the engine goes, and waits until the links are over; each lingers at most linkLingerMs. */
  close(): Promise<void> {
    this.#closing ??= new Promise((done) => {
      this.#unsubscribe()
      this.#idle = done
      for (const link of [...this.#links]) link.end({ cause: 'shutdown', error: new AppError('SHUTTING_DOWN') })
      if (this.#links.size === 0) done()
    })
    return this.#closing
  }

  #revoke(credentialId: string): void {
    for (const link of this.#welcomed()) {
      const { principal } = link
      if (principal.credentialId === credentialId || principal.rootCredentialId === credentialId) link.end(REVOKED)
    }
  }

  #welcomed(): readonly Link[] {
    return [...this.#links].filter((link) => link.welcomed)
  }

  #forget(link: Link): void {
    this.#links.delete(link)
    if (this.#links.size === 0) this.#idle?.()
  }
}

const REVOKED = { cause: 'revoked', error: new AppError('UNAUTHENTICATED') } as const
