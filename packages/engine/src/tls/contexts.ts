/** Owns the secure contexts of an engine: which certificate a server name gets, and what each kind of peer may negotiate. */
import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext, type SecureVersion } from 'node:tls'
import type { CertificateSource } from './certificate.ts'

/** Links are ours on both ends and speak TLS 1.3; visitors may be older. */
const OLDEST = { link: 'TLSv1.3', visitor: 'TLSv1.2' } as const satisfies Record<string, SecureVersion>

export type Purpose = keyof typeof OLDEST

interface Entry {
  readonly source: CertificateSource
  leaf: X509Certificate
  readonly made: Partial<Record<Purpose, SecureContext>>
}

/** Contexts are made once for each certificate and purpose, so that session tickets stay good between connections. */
export class TlsContexts {
  readonly #entries: readonly Entry[]
  readonly #unsubscribes: readonly (() => void)[]

  /** The first source answers for names that no certificate covers, and when a hello has no name. It stays the caller's to close. */
  constructor(sources: readonly [CertificateSource, ...CertificateSource[]]) {
    this.#entries = sources.map((source) => ({ source, leaf: leafOf(source), made: {} }))
    this.#unsubscribes = this.#entries.map((entry) => entry.source.onChange(() => renew(entry)))
  }

  pick(purpose: Purpose, serverName?: string): SecureContext {
    const entry = this.#entryFor(serverName)
    const { cert, key } = entry.source.current()
    entry.made[purpose] ??= createSecureContext({ cert, key, minVersion: OLDEST[purpose] })
    return entry.made[purpose]
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe()
  }

  #entryFor(serverName: string | undefined): Entry {
    const first = this.#entries[0] as Entry
    if (serverName === undefined || this.#entries.length === 1) return first
    return this.#entries.find(({ leaf }) => leaf.checkHost(serverName) !== undefined) ?? first
  }
}

const leafOf = (source: CertificateSource): X509Certificate => new X509Certificate(source.current().cert)

const renew = (entry: Entry): void => {
  entry.leaf = leafOf(entry.source)
  delete entry.made.link
  delete entry.made.visitor
}
