/** Owns the audit log: records wait in memory, are written in batches off the hot path, and the oldest are deleted. */
import { randomText, type Log } from '@towline/base'
import type { AuditRecord, Limits } from '@towline/protocol'
import { type Kysely, sql } from 'kysely'
import type { AuditTable, Tables } from '../store/schema.ts'

export interface AuditQuery {
  readonly projectId?: string
  /** At most so many, the newest. */
  readonly limit: number
}

export interface AuditOptions {
  readonly db: Kysely<Tables>
  readonly log: Log
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** A row every hundredth of the retention is enough to keep near it. */
const TRIM_SHARE = 100

/** One writer; records of a crash's last auditFlushMs may be lost. */
export class AuditLog {
  readonly #options: AuditOptions
  #queue: AuditTable[] = []
  #dropped = 0
  #written = 0
  #sequence = 0
  #closed = false
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()

  constructor(options: AuditOptions) {
    this.#options = options
  }

  /** Takes a record; drops and counts it when auditQueue are waiting. */
  add(record: AuditRecord): void {
    const { limits } = this.#options
    if (this.#closed) return
    if (this.#queue.length >= limits.auditQueue) {
      this.#dropped++
      return
    }
    this.#queue.push(this.#row(record))
    this.#timer ??= setTimeout(() => void this.flush(), limits.auditFlushMs).unref()
  }

  /** Newest first, with what waits written before. */
  async list({ projectId, limit }: AuditQuery): Promise<AuditRecord[]> {
    await this.flush()
    let query = this.#options.db.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(limit)
    if (projectId !== undefined) query = query.where('project_id', '=', projectId)
    return (await query.execute()).map(toRecord)
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

  async #write(): Promise<void> {
    const { db, log, limits } = this.#options
    if (this.#dropped > 0) log.warn({ dropped: this.#dropped }, 'audit records were dropped')
    this.#dropped = 0
    try {
      while (this.#queue.length > 0) {
        const batch = this.#queue.slice(0, limits.auditBatch)
        await db.insertInto('audit').values(batch).execute()
        this.#queue.splice(0, batch.length)
        await this.#trim(batch.length)
      }
    } catch (error) {
      log.error({ err: error }, 'audit records could not be written')
    }
  }

  async #trim(written: number): Promise<void> {
    const { db, limits } = this.#options
    this.#written += written
    if (this.#written * TRIM_SHARE < limits.auditRecords) return
    this.#written = 0
    await sql`delete from audit where id <= (
      select id from audit order by id desc limit 1 offset ${limits.auditRecords})`.execute(db)
  }

  #row(record: AuditRecord): AuditTable {
    const cut = (text: string | undefined): string | null => text?.slice(0, this.#options.limits.auditTextChars) ?? null
    return {
      id: this.#nextId(),
      at: record.at,
      action: cut(record.action) ?? '',
      decision: record.decision,
      project_id: cut(record.projectId),
      credential_id: cut(record.credentialId),
      target: cut(record.target),
      code: cut(record.code),
      request_id: cut(record.requestId),
      workspace_id: null,
      user_id: null,
      agent: null,
      details: null,
    }
  }

  /** Sorts by time, then by order of arrival. */
  #nextId(): string {
    const time = Math.floor(this.#options.clock()).toString(36).padStart(9, '0')
    this.#sequence = (this.#sequence + 1) % 36 ** 6
    return `aud_${time}${this.#sequence.toString(36).padStart(6, '0')}${randomText(4)}`
  }
}

const toRecord = (row: AuditTable): AuditRecord => ({
  at: row.at,
  action: row.action,
  decision: row.decision as AuditRecord['decision'],
  ...(row.project_id === null ? {} : { projectId: row.project_id }),
  ...(row.credential_id === null ? {} : { credentialId: row.credential_id }),
  ...(row.target === null ? {} : { target: row.target }),
  ...(row.code === null ? {} : { code: row.code }),
  ...(row.request_id === null ? {} : { requestId: row.request_id }),
})
