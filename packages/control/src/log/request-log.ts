/** Owns the logs of projects on a server: entries wait in memory, are written in batches, and the oldest are deleted. */
import type { Log } from '@towline/base'
import type { Limits, LogEntry } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { Page } from '../store/page.ts'
import type { RequestLogsTable, Tables } from '../store/schema.ts'
import { unsynced } from '../store/unsynced.ts'
import { WriteQueue } from '../store/write-queue.ts'
import { toLogRow } from './log-rows.ts'
import { addLogRows, listLogs, type LogQuery, trimLogs } from './log-store.ts'

export interface RequestLogOptions {
  readonly db: Kysely<Tables>
  readonly log: Log
  readonly limits: Limits
}

/** A look every hundredth of the retention is enough to keep near it. */
const TRIM_SHARE = 100

/** Entries of a crash's last logFlushMs may be lost, and more of them when the power goes: they come with the traffic. */
export class RequestLog {
  readonly #options: RequestLogOptions
  readonly #queue: WriteQueue<RequestLogsTable>
  /** Rows written since the last look, by project. */
  readonly #written = new Map<string, number>()

  constructor(options: RequestLogOptions) {
    this.#options = options
    const { log, limits } = options
    this.#queue = new WriteQueue({
      log,
      what: 'log entries',
      bound: limits.logQueue,
      batch: limits.auditBatch,
      flushMs: limits.logFlushMs,
      write: (rows) => this.#write(rows),
    })
  }

  /** Takes an entry; drops and counts it when logQueue are waiting. */
  add(entry: LogEntry): void {
    this.#queue.add(toLogRow(entry, this.#options.limits))
  }

  /** Newest first, with what waits written before. */
  async list(query: LogQuery): Promise<Page<LogEntry>> {
    await this.#queue.flush()
    return listLogs(this.#options.db, query)
  }

  /** Writes what waits; never rejects. */
  flush(): Promise<void> {
    return this.#queue.flush()
  }

  /** Writes what waits and takes nothing more. */
  close(): Promise<void> {
    return this.#queue.close()
  }

  async #write(rows: readonly RequestLogsTable[]): Promise<void> {
    const { db, limits } = this.#options
    await unsynced(db, (held) => addLogRows(held, rows))
    for (const { project_id } of rows) this.#written.set(project_id, (this.#written.get(project_id) ?? 0) + 1)
    for (const [projectId, written] of this.#written) {
      if (written * TRIM_SHARE < limits.logRecords) continue
      this.#written.delete(projectId)
      await unsynced(db, (held) => trimLogs(held, projectId, limits.logRecords))
    }
  }
}
