/** Owns the audit records in the database: added and read, never changed; the oldest go when there are too many. */
import type { AuditRecord, Limits } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { beyond, cursorAt, type Page, type PageQuery, pageOf } from '../store/page.ts'
import type { AuditTable, Tables } from '../store/schema.ts'
import { startOf } from '../store/time-id.ts'
import { inTransaction } from '../store/transaction.ts'
import { toAuditRecord, toAuditRow, type Trail } from './audit-rows.ts'

/** What a record must be to be shown. */
export interface AuditFilter {
  readonly projectId?: string | undefined
  readonly workspaceId?: string | undefined
  readonly userId?: string | undefined
  readonly credentialId?: string | undefined
  readonly agent?: string | undefined
  readonly thread?: string | undefined
  readonly tool?: string | undefined
  readonly action?: string | undefined
  /** Integer seconds, the first that counts. */
  readonly since?: number | undefined
  /** Integer seconds, the first that does not count any more. */
  readonly until?: number | undefined
}

/** Writes a record of a change at once: in the transaction of what it tells of, it is there if and only if that is. */
export const addAudit = async (
  db: Kysely<Tables>,
  record: AuditRecord,
  { ms, limits }: { readonly ms: number; readonly limits: Limits },
): Promise<void> => {
  await db
    .insertInto('audit')
    .values(toAuditRow(record, { trail: 'changes', ms, limits }))
    .execute()
}

export const addAuditRows = async (db: Kysely<Tables>, rows: readonly AuditTable[]): Promise<void> => {
  await db
    .insertInto('audit')
    .values([...rows])
    .execute()
}

/** Newest first. */
export const listAudit = async (db: Kysely<Tables>, query: AuditFilter & PageQuery): Promise<Page<AuditRecord>> => {
  const rows = filtered(db, query).where(beyond(query.cursor, ['id'], 'desc'))
  const found = await rows
    .orderBy('id', 'desc')
    .limit(query.limit + 1)
    .execute()
  return pageOf(found, query.limit, { key: (row) => [row.id], item: toAuditRecord })
}

/** What an export copies away: records, and where the next call goes on, also when nothing is left now. */
export interface AuditExport {
  readonly items: readonly AuditRecord[]
  readonly cursor?: string
}

/**
 * Oldest first. Rows younger than auditSettleMs wait for a later call, as one with an earlier place may still be on its
 * way.
 */
export const exportAudit = async (
  db: Kysely<Tables>,
  query: AuditFilter & PageQuery & { readonly ms: number; readonly limits: Limits },
): Promise<AuditExport> => {
  const { cursor, limit, ms, limits } = query
  const settled = filtered(db, query).where('id', '<', startOf('aud', ms - limits.auditSettleMs))
  const rows = await settled
    .where(beyond(cursor, ['id']))
    .orderBy('id')
    .limit(limit)
    .execute()
  const last = rows.at(-1)
  const next = last === undefined ? cursor : cursorAt([last.id])
  return { items: rows.map(toAuditRecord), ...(next === undefined ? {} : { cursor: next }) }
}

/** Deletes the oldest of each trail over its bound: what comes in masses may not push out changes. */
export const trimAudit = async (db: Kysely<Tables>, limits: Limits): Promise<void> => {
  await trim(db, 'traffic', limits.auditRecords)
  await trim(db, 'changes', limits.auditChanges)
  await trim(db, 'agents', limits.auditAgentCalls)
}

/** The database lets only what is up to the place that is named be deleted. */
const trim = (db: Kysely<Tables>, trail: Trail, kept: number): Promise<void> =>
  inTransaction(db, async (step) => {
    const own = step.selectFrom('audit').select('id').where('trail', '=', trail)
    const newest = await own.orderBy('id', 'desc').offset(kept).limit(1).executeTakeFirst()
    if (!newest) return
    await step
      .insertInto('audit_trims')
      .values({ trail, up_to: newest.id })
      .onConflict((on) => on.column('trail').doUpdateSet({ up_to: newest.id }))
      .execute()
    await step.deleteFrom('audit').where('trail', '=', trail).where('id', '<=', newest.id).execute()
  })

/** What a record is asked to be, and where that stands. */
const EQUAL = [
  ['userId', 'user_id'],
  ['credentialId', 'credential_id'],
  ['agent', 'agent'],
  ['thread', 'thread'],
  ['tool', 'tool'],
  ['action', 'action'],
] as const

const filtered = (db: Kysely<Tables>, filter: AuditFilter) => {
  const { projectId, workspaceId, since, until } = filter
  let rows = db.selectFrom('audit').selectAll()
  if (projectId !== undefined) rows = rows.where('project_id', '=', projectId)
  if (workspaceId !== undefined) {
    // The engine knows projects only.
    const own = db.selectFrom('projects').select('id').where('workspace_id', '=', workspaceId)
    rows = rows.where(({ eb, or }) => or([eb('workspace_id', '=', workspaceId), eb('project_id', 'in', own)]))
  }
  for (const [key, column] of EQUAL) {
    const value = filter[key]
    if (value !== undefined) rows = rows.where(column, '=', value)
  }
  if (since !== undefined) rows = rows.where('at', '>=', since)
  if (until !== undefined) rows = rows.where('at', '<', until)
  return rows
}
