/** Owns keeping what is open for the next question, by who asks for what: bounded in number, given up when nobody asks for a while. */
import { AppError, type Limits } from '@towline/protocol'
import { orAbort } from '../or-abort.ts'
import type { MachineRequest } from './machine.ts'

/** What can be kept. */
export interface Closable {
  readonly over: boolean
  close(): Promise<void>
}

interface Kept<T extends Closable> {
  readonly opening: Promise<T>
  item?: T
  readonly life: AbortController
  readonly openedAt: number
  users: number
  idle?: NodeJS.Timeout | undefined
}

/** What is open, by who asks for what. */
export class Shelf<T extends Closable> {
  readonly #limits: Limits
  readonly #kept = new Map<string, Kept<T>>()
  #closed = false

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** The first who needs it opens it, on behalf of all: that it goes away again ends nobody else's work. */
  async take(
    request: MachineRequest,
    open: (own: MachineRequest) => Promise<T>,
  ): Promise<{ readonly item: T; readonly leave: () => Promise<void> }> {
    const key = await keyOf(request)
    request.signal.throwIfAborted()
    const kept = this.#find(key) ?? this.#add(key, request, open)
    clearTimeout(kept.idle)
    kept.users += 1
    let left = false
    const leave = async (): Promise<void> => {
      if (left) return
      left = true
      kept.users -= 1
      if (kept.users === 0) await this.#rest(key, kept)
    }
    try {
      return { item: await orAbort(kept.opening, request.signal), leave }
    } catch (error) {
      await leave()
      throw error
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#kept].map(([key, kept]) => this.#drop(key, kept)))
  }

  #find(key: string): Kept<T> | undefined {
    const kept = this.#kept.get(key)
    if (!kept) return undefined
    // Pins and credentials are looked up when it is opened: nothing goes on for long by old ones.
    const old = performance.now() - kept.openedAt >= this.#limits.machineKeptMs
    if (!old && kept.item?.over !== true) return kept
    if (kept.users === 0) void this.#drop(key, kept)
    else this.#kept.delete(key)
    return undefined
  }

  #add(key: string, request: MachineRequest, open: (own: MachineRequest) => Promise<T>): Kept<T> {
    const life = new AbortController()
    const opening = open({ ...request, signal: life.signal, pool: undefined })
    const kept: Kept<T> = { opening, life, openedAt: performance.now(), users: 0 }
    opening.then(
      (item) => {
        kept.item = item
      },
      () => this.#forget(key, kept),
    )
    this.#makeRoom()
    if (!this.#closed && this.#kept.size < this.#limits.machinesKept) this.#kept.set(key, kept)
    return kept
  }

  /** The one that nobody uses and that was opened first goes. */
  #makeRoom(): void {
    if (this.#kept.size < this.#limits.machinesKept) return
    for (const [key, kept] of this.#kept) if (kept.users === 0) return void this.#drop(key, kept)
  }

  async #rest(key: string, kept: Kept<T>): Promise<void> {
    if (this.#closed || this.#kept.get(key) !== kept) return await this.#drop(key, kept)
    kept.idle = setTimeout(() => void this.#drop(key, kept), this.#limits.machineIdleMs)
    kept.idle.unref()
  }

  #forget(key: string, kept: Kept<T>): void {
    if (this.#kept.get(key) === kept) this.#kept.delete(key)
  }

  async #drop(key: string, kept: Kept<T>): Promise<void> {
    clearTimeout(kept.idle)
    this.#forget(key, kept)
    const item = await kept.opening.catch(() => undefined)
    kept.life.abort(new AppError('CALL_CANCELLED'))
    await item?.close()
  }
}

/** Whose connection, where to, and as whom. Credentials are told apart, and stay in this process. */
const keyOf = async ({ url, connection, trust, agent }: MachineRequest): Promise<string> => {
  // An address with a token of its own, or a socket, needs no relay.
  const relay = url.startsWith('unix:') ? undefined : await connection().catch(() => undefined)
  const token = typeof relay?.token === 'string' ? relay.token : ''
  return JSON.stringify([url, relay?.url, relay?.context, relay?.project, token, trust, agent])
}
