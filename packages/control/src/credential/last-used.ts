/** Owns when a credential was last used: told with every use, written once in a while. */
import type { Log } from '@towline/base'
import type { Limits } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { Flusher } from '../store/flusher.ts'
import type { Tables } from '../store/schema.ts'
import { inTransaction } from '../store/transaction.ts'

export interface LastUsedOptions {
  readonly db: Kysely<Tables>
  readonly log: Log
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** At most lastUsedMs late, and lost with the process. */
export class LastUsed {
  readonly #options: LastUsedOptions
  #seen = new Map<string, number>()
  readonly #flusher: Flusher

  constructor(options: LastUsedOptions) {
    this.#options = options
    this.#flusher = new Flusher(options.limits.lastUsedMs, () => this.#write())
  }

  touch(credentialId: string): void {
    const { limits, clock } = this.#options
    if (this.#flusher.closed || (this.#seen.size >= limits.authCacheEntries && !this.#seen.has(credentialId))) return
    this.#seen.set(credentialId, Math.floor(clock() / 1000))
    this.#flusher.arm()
  }

  /** Writes what waits; never rejects. */
  flush(): Promise<void> {
    return this.#flusher.flush()
  }

  /** Writes what waits and takes nothing more. */
  close(): Promise<void> {
    return this.#flusher.close()
  }

  /** In the order of ids, so that two servers never wait for each other's rows. */
  async #write(): Promise<void> {
    const { db, log } = this.#options
    const seen = [...this.#seen].sort(([one], [other]) => (one < other ? -1 : 1))
    this.#seen = new Map()
    if (seen.length === 0) return
    try {
      await inTransaction(db, async (step) => {
        for (const [id, at] of seen) {
          await step.updateTable('credentials').set({ last_used_at: at }).where('id', '=', id).execute()
        }
      })
    } catch (error) {
      log.error({ err: error }, 'the last use of credentials could not be written')
    }
  }
}
