/** Owns the audit log of a server: records wait in memory, are written in batches, and the oldest are deleted. */
import type { Log } from '@towline/base'
import type { AuditRecord, Limits } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { PageQuery } from '../store/page.ts'
import type { AuditTable, Tables } from '../store/schema.ts'
import { WriteQueue } from '../store/write-queue.ts'
import { toAuditRow } from './audit-rows.ts'
import { addAuditRows, type AuditFilter, listAudit, trimAudit } from './audit-store.ts'

export type AuditQuery = AuditFilter & PageQuery

export interface AuditOptions {
  readonly db: Kysely<Tables>
  readonly log: Log
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** A look every hundredth of the retention is enough to keep near it. */
const TRIM_SHARE = 100

/** For traffic and refusals: of a crash the last auditFlushMs may be lost. What was changed is written by `addAudit`. */
export class AuditLog {
  readonly #options: AuditOptions
  readonly #queue: WriteQueue<AuditTable>
  #written = 0

  constructor(options: AuditOptions) {
    this.#options = options
    const { log, limits } = options
    this.#queue = new WriteQueue({
      log,
      what: 'audit records',
      bound: limits.auditQueue,
      batch: limits.auditBatch,
      flushMs: limits.auditFlushMs,
      write: (rows) => this.#write(rows),
    })
  }

  /** Takes a record; drops and counts it when auditQueue are waiting. */
  add(record: AuditRecord): void {
    const { limits, clock } = this.#options
    this.#queue.add(toAuditRow(record, { trail: 'traffic', ms: clock(), limits }))
  }

  /** Newest first, with what waits written before. */
  async list(query: AuditQuery): Promise<AuditRecord[]> {
    await this.#queue.flush()
    return [...(await listAudit(this.#options.db, query)).items]
  }

  /** Writes what waits; never rejects. */
  flush(): Promise<void> {
    return this.#queue.flush()
  }

  /** Writes what waits and takes nothing more. */
  close(): Promise<void> {
    return this.#queue.close()
  }

  async #write(rows: readonly AuditTable[]): Promise<void> {
    const { db, limits } = this.#options
    await addAuditRows(db, rows)
    this.#written += rows.length
    if (this.#written * TRIM_SHARE < limits.auditRecords) return
    this.#written = 0
    await trimAudit(db, limits)
  }
}
