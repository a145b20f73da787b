/** Owns what a source of certificates is, and telling a usable pair of certificate and key from a bad one. */
import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'

/** PEM texts; `cert` is the leaf with its chain. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

/** Where certificates come from: files, or a CA of our own. They may change while we run. */
export interface CertificateSource {
  current(): KeyPair
  /** Calls back after each change; answers an unsubscribe. */
  onChange(listener: () => void): () => void
  close(): Promise<void>
}

/** What is wrong with a pair, or undefined. Never quotes the key. */
export const problemOf = ({ cert, key }: KeyPair): string | undefined => {
  try {
    const leaf = new X509Certificate(cert)
    createSecureContext({ cert, key })
    if (Date.parse(leaf.validTo) <= Date.now()) return `the certificate expired at ${leaf.validTo}`
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : 'it cannot be read'
  }
}

/** Listeners of a source. */
export class Changes {
  readonly #listeners = new Set<() => void>()

  on(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
