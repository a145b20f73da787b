/** Owns a server's list of clients while it runs: read again at each handshake, and looked at for those who must go. */
import { stat } from 'node:fs/promises'
import { AppError, type Limits, LIMITS } from '@towline/protocol'
import { nodeCrypto } from '../crypto/node-crypto.ts'
import { type EndpointIdentity, isSameIdentity, parseEndpointIdentity } from '../identity/endpoint-identity.ts'
import type { ClientDirectory, Held, Revocation } from '../server.ts'
import { type AuthorizedClient, CLIENTS, clientsFile, isExpired } from './authorized-clients.ts'
import { readEntries } from './entry-file.ts'

export interface ClientListOptions {
  readonly home: string
  /** The server's identity. */
  readonly identity: string
  readonly limits?: Pick<Limits, 'e2eRevocationMs'>
  /** Told once each time the list turns out to be unreadable; who is in stays, nobody else comes in. */
  readonly broken?: (error: unknown) => void
}

export interface ClientList extends ClientDirectory {
  close(): void
}

type Entry = AuthorizedClient & { readonly endpoint: EndpointIdentity }

interface Watched extends Held {
  readonly revoke: (why: Revocation) => void
}

/** Reads nothing yet; a list that is not there is an empty one. */
export const openClientList = (options: ClientListOptions): ClientList => new WatchedList(options)

class WatchedList implements ClientList {
  readonly #options: ClientListOptions
  readonly #file: string
  readonly #held = new Set<Watched>()
  /** The list as it was when its file looked like `stamp`. */
  #read: { readonly stamp: string; readonly entries: readonly Entry[] } | undefined
  #timer: NodeJS.Timeout | undefined
  #looking = false
  #isBroken = false

  constructor(options: ClientListOptions) {
    this.#options = options
    this.#file = clientsFile(options.home, options.identity)
  }

  async find(identity: EndpointIdentity): Promise<Entry | undefined> {
    const entry = (await this.#entries()).find(({ endpoint }) => isSameIdentity(endpoint, identity))
    return entry && !isExpired(entry) ? entry : undefined
  }

  hold(client: Held, revoke: (why: Revocation) => void): () => void {
    const held = { ...client, revoke }
    this.#held.add(held)
    this.#timer ??= setInterval(() => void this.#look(), (this.#options.limits ?? LIMITS).e2eRevocationMs).unref()
    return () => this.#release(held)
  }

  close(): void {
    this.#held.clear()
    this.#stop()
  }

  #release(held: Watched): void {
    this.#held.delete(held)
    if (this.#held.size === 0) this.#stop()
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Whoever must go is told once. */
  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    try {
      const entries = await this.#entries()
      for (const held of [...this.#held]) {
        const why = reasonToGo(entries, held)
        if (why === undefined || !this.#held.has(held)) continue
        this.#release(held)
        held.revoke(why)
      }
    } catch {
      // Told by #entries; those who are in stay until the list can be read again.
    } finally {
      this.#looking = false
    }
  }

  async #entries(): Promise<readonly Entry[]> {
    try {
      const entries = await this.#readIfChanged()
      this.#isBroken = false
      return entries
    } catch (error) {
      if (!this.#isBroken) this.#options.broken?.(error)
      this.#isBroken = true
      throw error
    }
  }

  /** The stamp is taken before the file is read: one that changes meanwhile is read again next time. */
  async #readIfChanged(): Promise<readonly Entry[]> {
    const stamp = await stampOf(this.#file)
    if (this.#read?.stamp === stamp) return this.#read.entries
    const clients = await readEntries(this.#options.home, { kind: CLIENTS, file: this.#file })
    const entries = clients.map((one) => ({ ...one, endpoint: parseEndpointIdentity(nodeCrypto, one.key) }))
    this.#read = { stamp, entries }
    return entries
  }
}

const reasonToGo = (entries: readonly Entry[], { identity, roles }: Held): Revocation | undefined => {
  const entry = entries.find((one) => isSameIdentity(one.endpoint, identity))
  if (!entry) return 'removed'
  if (isExpired(entry)) return 'expired'
  const lost = roles.some((role) => !(entry.roles as readonly string[]).includes(role))
  return lost ? 'changed' : undefined
}

/** What a file looks like from outside; writing, renaming and changing its mode all show. */
const stampOf = async (file: string): Promise<string> => {
  const found = await stat(file, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new AppError('E2E_IDENTITY_UNSAFE', { file, problem: `it cannot be read (${error.code ?? 'unknown'})` })
  })
  return found ? [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(':') : 'none'
}
