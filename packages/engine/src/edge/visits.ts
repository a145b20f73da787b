/** Owns visits that stand on a credential: when it is revoked, what they have open is broken off. */
import type { Authority, Principal } from '@towline/protocol'
import { dependsOn } from '../access/depends-on.ts'

interface Visit {
  readonly guest: Principal
  readonly cut: () => void
}

/** At most one a visitor's connection or request over HTTP/2, which have bounds of their own. */
export class Visits {
  readonly #visits = new Set<Visit>()
  readonly #unsubscribe: () => void

  constructor(authority: Pick<Authority, 'onRevoked'>) {
    this.#unsubscribe = authority.onRevoked((credentialId) => this.#revoked(credentialId))
  }

  get size(): number {
    return this.#visits.size
  }

  /** `cut` is called once, when the credential is revoked; not after what is answered here was called. */
  add(guest: Principal, cut: () => void): () => void {
    const visit = { guest, cut }
    this.#visits.add(visit)
    return () => this.#visits.delete(visit)
  }

  close(): void {
    this.#unsubscribe()
    this.#visits.clear()
  }

  #revoked(credentialId: string): void {
    for (const visit of [...this.#visits]) {
      if (dependsOn(visit.guest, credentialId) && this.#visits.delete(visit)) visit.cut()
    }
  }
}
