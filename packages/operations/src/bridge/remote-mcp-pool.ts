/** Owns the open MCP servers of a process that calls them again and again, so that those that keep state keep it. */
import { createHash } from 'node:crypto'
import { AppError, type Limits, LIMITS } from '@towline/protocol'
import { orAbort } from '../or-abort.ts'
import { type AdvertisedRequest, isAdvertisedMcp } from './advertised.ts'
import { formatMcpUrl, parseMcpUrl } from './mcp-url.ts'
import { openRemoteMcp, type RemoteMcp, type RemoteMcpRequest } from './remote-mcp.ts'

interface Entry {
  readonly opening: Promise<RemoteMcp>
  remote: RemoteMcp | undefined
  users: number
  idle: NodeJS.Timeout | undefined
  /** Grows with each use of the pool; the smallest rested longest. */
  lastUse: number
}

export interface PoolOptions {
  readonly limits?: Limits
  /** For tests. */
  readonly open?: (request: RemoteMcpRequest) => Promise<RemoteMcp>
  /** For tests. */
  readonly isAdvertised?: (request: AdvertisedRequest) => Promise<boolean>
}

/** One session an endpoint, connection and token; see the file's head. `close` may be called twice. */
export class RemoteMcpPool {
  readonly #entries = new Map<string, Entry>()
  readonly #limits: Limits
  readonly #open: (request: RemoteMcpRequest) => Promise<RemoteMcp>
  /** As {@link isAdvertisedMcp}. */
  readonly isAdvertised: (request: AdvertisedRequest) => Promise<boolean>
  readonly #ending = new AbortController()
  /** Where sessions were given up that their servers kept something in: who comes back is told. */
  readonly #given = new Set<string>()
  #uses = 0
  #closing: Promise<void> | undefined

  constructor({ limits = LIMITS, open = openRemoteMcp, isAdvertised = isAdvertisedMcp }: PoolOptions = {}) {
    this.isAdvertised = isAdvertised
    this.#limits = limits
    this.#open = open
  }

  /**
   * Runs `work` with the server of `request`, which stays open after it. Rejects with why it cannot be opened, with
   * LIMIT_REACHED while all sessions are in use, or as `work` does.
   */
  async use<T>(request: RemoteMcpRequest, work: (remote: RemoteMcp) => Promise<T>): Promise<T> {
    const key = keyOf(request)
    const entry = this.#entryOf(key, request)
    entry.users += 1
    entry.lastUse = this.#uses += 1
    clearTimeout(entry.idle)
    try {
      // Who gives up leaves the opening to those who wait for it too.
      return await work(await orAbort(entry.opening, request.signal))
    } finally {
      entry.users -= 1
      this.#rest(key, entry)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #entryOf(key: string, request: RemoteMcpRequest): Entry {
    if (this.#closing) throw new AppError('SESSION_CLOSED')
    const known = this.#entries.get(key)
    if (known && known.remote?.isOver !== true) return known
    if (known) this.#drop(key, known)
    this.#makeRoom()
    const restarted = this.#given.delete(key)
    const opening = this.#open({ ...request, restarted, signal: this.#ending.signal, limits: this.#limits })
    const entry: Entry = { opening, remote: undefined, users: 0, idle: undefined, lastUse: 0 }
    this.#entries.set(key, entry)
    opening.then(
      (remote) => (entry.remote = remote),
      () => this.#forget(key, entry),
    )
    return entry
  }

  #makeRoom(): void {
    const { bridgeSessions } = this.#limits
    if (this.#entries.size < bridgeSessions) return
    const resting = [...this.#entries].filter(([, { users }]) => users === 0)
    const [oldest] = resting.sort(([, a], [, b]) => a.lastUse - b.lastUse)
    if (!oldest) throw new AppError('LIMIT_REACHED', { limit: 'bridgeSessions', value: bridgeSessions })
    this.#drop(...oldest)
  }

  #rest(key: string, entry: Entry): void {
    if (entry.users > 0 || this.#entries.get(key) !== entry) return
    if (entry.remote?.isOver === true) return this.#drop(key, entry)
    entry.idle = setTimeout(() => this.#drop(key, entry), this.#limits.bridgeIdleMs).unref()
  }

  #forget(key: string, entry: Entry): void {
    clearTimeout(entry.idle)
    if (this.#entries.get(key) === entry) this.#entries.delete(key)
  }

  #drop(key: string, entry: Entry): void {
    this.#forget(key, entry)
    if (entry.remote?.server.stateful === true && this.#given.size < GIVEN) this.#given.add(key)
    void closed(entry)
  }

  async #close(): Promise<void> {
    const entries = [...this.#entries]
    for (const [key, entry] of entries) this.#forget(key, entry)
    this.#ending.abort(new AppError('SESSION_CLOSED'))
    await Promise.all(entries.map(([, entry]) => closed(entry)))
  }
}

/** Beyond, one that comes back is not told; nothing else depends on it. */
const GIVEN = 1_024

const closed = (entry: Entry): Promise<void> =>
  entry.opening.then(
    (remote) => remote.close(),
    () => undefined,
  )

/** A token is a part of it by its hash alone. */
const keyOf = ({ url, path, connection, token }: RemoteMcpRequest): string => {
  const hidden = token === undefined ? '' : createHash('sha256').update(token.reveal()).digest('hex')
  const { url: server, project = '', context = '' } = connection
  return [formatMcpUrl(parseMcpUrl(url, path)), server, project, context, hidden].join(' ')
}
