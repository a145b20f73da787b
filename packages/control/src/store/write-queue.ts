/** Owns rows that wait in memory and are written in batches off the hot path. */
import type { Log } from '@towline/base'
import { Flusher } from './flusher.ts'

export interface WriteQueueOptions<Row> {
  readonly log: Log
  /** What the rows are, for the log. */
  readonly what: string
  /** A further row is dropped, and counted in the log. */
  readonly bound: number
  readonly batch: number
  /** The longest a row waits; after a failure the pause before the next try. */
  readonly flushMs: number
  readonly write: (rows: readonly Row[]) => Promise<void>
}

/** One writer; what waits is lost with the process. */
export class WriteQueue<Row> {
  readonly #options: WriteQueueOptions<Row>
  readonly #rows: Row[] = []
  #dropped = 0
  readonly #flusher: Flusher

  constructor(options: WriteQueueOptions<Row>) {
    this.#options = options
    this.#flusher = new Flusher(options.flushMs, () => this.#write())
  }

  add(row: Row): void {
    if (this.#flusher.closed) return
    if (this.#rows.length >= this.#options.bound) {
      this.#dropped++
      return
    }
    this.#rows.push(row)
    this.#flusher.arm()
  }

  /** Writes what waits; never rejects. Not inside a transaction: it would wait for it. */
  flush(): Promise<void> {
    return this.#flusher.flush()
  }

  /** Writes what waits and takes nothing more. */
  close(): Promise<void> {
    return this.#flusher.close()
  }

  async #write(): Promise<void> {
    const { log, what, batch, write } = this.#options
    if (this.#dropped > 0) log.warn({ dropped: this.#dropped }, `${what} were dropped`)
    this.#dropped = 0
    try {
      while (this.#rows.length > 0) {
        const rows = this.#rows.slice(0, batch)
        await write(rows)
        this.#rows.splice(0, rows.length)
      }
    } catch (error) {
      log.error({ err: error }, `${what} could not be written`)
      this.#flusher.arm()
    }
  }
}
