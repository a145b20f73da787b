/** Owns counting usage: sums grow in memory and are added to those of the database now and then. */
import type { Log } from '@towline/base'
import type { Limits, Usage } from '@towline/protocol'
import type { Kysely } from 'kysely'
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
  #closed = false
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()

  constructor(options: UsageMeterOptions) {
    this.#options = options
  }

  /** Counts; a project, hour and metric over the bound is dropped until what waits is written. */
  add(usage: Usage): void {
    if (this.#closed || usage.value === 0) return
    const hour = Math.floor(usage.at / HOUR)
    const key = `${usage.projectId} ${hour} ${usage.metric}`
    const value = this.#sums.get(key)?.value ?? 0
    if (value === 0 && this.#sums.size >= this.#options.limits.usageSums) return
    this.#sums.set(key, { ...usage, at: hour * HOUR, value: value + usage.value })
    this.#arm()
  }

  /** Writes what waits; never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#flushing = this.#flushing.then(() => this.#write())
    return this.#flushing
  }

  /** Writes what waits and takes nothing more. */
  close(): Promise<void> {
    this.#closed = true
    return this.flush()
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => void this.flush(), this.#options.limits.usageFlushMs).unref()
  }

  /** In batches of one statement each, so that what was written is not counted twice after a failure. */
  async #write(): Promise<void> {
    const { db, log, limits } = this.#options
    try {
      while (this.#sums.size > 0) await this.#writeSome(db, limits.auditBatch)
    } catch (error) {
      log.error({ err: error }, 'usage could not be written')
      if (!this.#closed) this.#arm()
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
