/** Owns counting usage: sums grow in memory and are added to those of the database now and then. */
import type { Log } from '@towline/base'
import type { Limits, Usage } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { Flusher } from '../store/flusher.ts'
import type { Tables } from '../store/schema.ts'
import { addUsage } from './usage-store.ts'

export interface UsageMeterOptions {
  readonly db: Kysely<Tables>
  readonly log: Log
  readonly limits: Limits
}

const HOUR = 3600

/** What a crash's last usageFlushMs counted is lost. */
export class UsageMeter {
  readonly #options: UsageMeterOptions
  #sums = new Map<string, Usage>()
  readonly #flusher: Flusher

  constructor(options: UsageMeterOptions) {
    this.#options = options
    this.#flusher = new Flusher(options.limits.usageFlushMs, () => this.#write())
  }

  /** Counts; a project, hour and metric over the bound is dropped until what waits is written. */
  add(usage: Usage): void {
    if (this.#flusher.closed || usage.value === 0) return
    const hour = Math.floor(usage.at / HOUR)
    const key = `${usage.projectId} ${hour} ${usage.metric}`
    const value = this.#sums.get(key)?.value ?? 0
    if (value === 0 && this.#sums.size >= this.#options.limits.usageSums) return
    this.#sums.set(key, { ...usage, at: hour * HOUR, value: value + usage.value })
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

  /** In batches of one statement each, so that what was written is not counted twice after a failure. */
  async #write(): Promise<void> {
    const { db, log, limits } = this.#options
    try {
      while (this.#sums.size > 0) await this.#writeSome(db, limits.auditBatch)
    } catch (error) {
      log.error({ err: error }, 'usage could not be written')
      this.#flusher.arm()
    }
  }

  async #writeSome(db: Kysely<Tables>, count: number): Promise<void> {
    const taken = [...this.#sums].slice(0, count)
    for (const [key] of taken) this.#sums.delete(key)
    const usages = taken.map(([, usage]) => usage)
    try {
      await addUsage(db, usages)
    } catch (error) {
      for (const [key, usage] of taken) {
        this.#sums.set(key, { ...usage, value: usage.value + (this.#sums.get(key)?.value ?? 0) })
      }
      throw error
    }
  }
}
