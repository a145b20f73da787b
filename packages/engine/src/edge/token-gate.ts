/** Owns remembering verified credentials for a short while, so that a repeated token costs a hash and no wait. */
import { hash } from 'node:crypto'
import { AppError, type Authority, type Limits, type Principal } from '@towline/protocol'
import { dependsOn } from '../access/depends-on.ts'

interface Entry {
  readonly principal: Principal
  /** Milliseconds since the epoch after which it must be asked for again. */
  readonly until: number
}

export interface TokenGateDeps {
  readonly authority: Authority
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** How often a check that a revocation overtook is asked again. */
const ATTEMPTS = 3

/** Verified credentials by the hash of their token and project; the token itself is never kept. */
export class TokenGate {
  readonly #known = new Map<string, Entry>()
  readonly #asking = new Map<string, Promise<Principal>>()
  readonly #deps: TokenGateDeps
  readonly #unsubscribe: () => void
  /** Answers that a revocation has reached. */
  readonly #over = new WeakSet<Principal>()
  /** Counts revocations: an answer that was on its way meanwhile may be stale. */
  #revocations = 0

  constructor(deps: TokenGateDeps) {
    this.#deps = deps
    this.#unsubscribe = deps.authority.onRevoked((credentialId) => this.#forget(credentialId))
  }

  /** Who the token is when that is known already. */
  known(token: string, project?: string): Principal | undefined {
    const key = keyOf(token, project)
    const entry = this.#known.get(key)
    if (!entry) return undefined
    if (this.#deps.clock() < entry.until) return entry.principal
    this.#known.delete(key)
    return undefined
  }

  /**
   * Asks the authority, once for all who ask at the same time; `project` is the slug or id of the one that is meant.
   * Throws what the authority throws, and AUTHORITY_UNAVAILABLE.
   */
  verify(token: string, project?: string): Promise<Principal> {
    const key = keyOf(token, project)
    const asked = this.#asking.get(key)
    if (asked) return asked
    const asking = this.#ask(key, token, project).finally(() => this.#asking.delete(key))
    this.#asking.set(key, asking)
    return asking
  }

  /** Whether its credential was revoked since it was answered here: whoever acts on an answer later than at once has to ask. */
  isOver(principal: Principal): boolean {
    return this.#over.has(principal)
  }

  close(): void {
    this.#unsubscribe()
    this.#known.clear()
  }

  async #ask(key: string, token: string, project: string | undefined): Promise<Principal> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const revocations = this.#revocations
      const verified = await this.#inTime(this.#deps.authority.verify(token, { project, audience: 'engine' }))
      if (revocations !== this.#revocations) continue
      const principal = { ...verified }
      this.#keep(key, principal)
      return principal
    }
    throw new AppError('AUTHORITY_UNAVAILABLE')
  }

  #keep(key: string, principal: Principal): void {
    const { clock, limits } = this.#deps
    const end = principal.tokenExpiresAt ?? principal.expiresAt ?? Number.POSITIVE_INFINITY
    const until = Math.min(clock() + limits.authCacheMs, end * 1000)
    this.#known.set(key, { principal, until })
    if (this.#known.size <= limits.authCacheEntries) return
    const oldest = this.#known.keys().next()
    if (!oldest.done) this.#known.delete(oldest.value)
  }

  #forget(credentialId: string): void {
    this.#revocations++
    for (const [key, { principal }] of this.#known) {
      if (!dependsOn(principal, credentialId)) continue
      this.#over.add(principal)
      this.#known.delete(key)
    }
  }

  async #inTime(answer: Promise<Principal>): Promise<Principal> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new AppError('AUTHORITY_UNAVAILABLE')), this.#deps.limits.authorityMs)
    })
    return Promise.race([answer, late]).finally(() => clearTimeout(timer))
  }
}

const keyOf = (token: string, project = ''): string => `${hash('sha256', token, 'base64')} ${project}`
