/** Owns one leased name: whose it is, which tunnel has it now, its TCP port, and who waits for its host. */
import { AppError, type Limits, type Principal } from '@towline/protocol'
import type { TunnelEntry } from './entry.ts'
import type { LiveTunnel } from './live-tunnel.ts'

/** A public TCP port that stays with a name. */
export interface HeldPort {
  readonly port: number
  close(): Promise<void>
}

/** The lease of a name in a project. It lasts as long as a tunnel has the name, held ones included. */
export class NameSlot {
  readonly projectId: string
  readonly name: string
  /** Only this credential and those minted from it may take the name over. */
  readonly rootCredentialId: string
  entry: TunnelEntry | undefined
  port: HeldPort | undefined
  /** Opens under way. */
  claims = 0
  readonly #limits: Limits
  readonly #waiters = new Set<() => void>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(principal: Principal, name: string, limits: Limits) {
    this.projectId = principal.projectId
    this.rootCredentialId = principal.rootCredentialId
    this.name = name
    this.#limits = limits
  }

  get free(): boolean {
    return this.entry === undefined && this.claims === 0
  }

  /** Runs opens of one name one after the other, so that the newest is the last. */
  inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(run, run)
    this.#turn = result.catch(() => {})
    return result
  }

  /** The tunnel once it is online, or undefined when it is gone or `signal` aborts. Rejects with BUSY over holdRequests. */
  async whenOnline(signal?: AbortSignal): Promise<LiveTunnel | undefined> {
    if (this.#settled || signal?.aborted) return this.#online
    if (this.#waiters.size >= this.#limits.holdRequests) throw new AppError('BUSY')
    return new Promise((resolve) => {
      const settle = (): void => {
        this.#waiters.delete(settle)
        signal?.removeEventListener('abort', settle)
        resolve(this.#online)
      }
      this.#waiters.add(settle)
      signal?.addEventListener('abort', settle)
    })
  }

  /** Something changed: wakes who waits when there is an answer. */
  settle(): void {
    if (!this.#settled) return
    for (const wake of [...this.#waiters]) wake()
  }

  get #online(): LiveTunnel | undefined {
    return this.entry?.online ? this.entry : undefined
  }

  get #settled(): boolean {
    return this.entry === undefined || this.entry.online
  }
}
