/** Owns the audit records in the database: added and read, never changed; the oldest go when there are too many. */
import type { AuditRecord, Limits } from '@towline/protocol'
import type { Kysely, SelectQueryBuilder } from 'kysely'
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
  const found = await firstOf(filtered(db, query), { ...query, limit: query.limit + 1, order: 'desc' })
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
  const end = startOf('aud', ms - limits.auditSettleMs)
  const settled = filtered(db, query).map((rows) => rows.where('id', '<', end))
  const rows = await firstOf(settled, { cursor, limit, order: 'asc' })
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

type Rows = SelectQueryBuilder<Tables, 'audit', AuditTable>

/** The parts of what is asked for: each is one that an index holds in order, so that only rows that are shown are sorted. */
const filtered = (db: Kysely<Tables>, filter: AuditFilter): readonly Rows[] =>
  scopesOf(db, filter).map((scope) => {
    const { since, until } = filter
    let rows = scope
    for (const [key, column] of EQUAL) {
      const value = filter[key]
      if (value !== undefined) rows = rows.where(column, '=', value)
    }
    if (since !== undefined) rows = rows.where('at', '>=', since)
    if (until !== undefined) rows = rows.where('at', '<', until)
    return rows
  })

const scopesOf = (db: Kysely<Tables>, { projectId, workspaceId }: AuditFilter): readonly Rows[] => {
  const all = db.selectFrom('audit').selectAll()
  const rows = projectId === undefined ? all : all.where('project_id', '=', projectId)
  if (workspaceId === undefined) return [rows]
  // The engine knows projects only.
  const own = db.selectFrom('projects').select('id').where('workspace_id', '=', workspaceId)
  return [
    rows.where('workspace_id', '=', workspaceId),
    rows.where('workspace_id', 'is', null).where('project_id', 'in', own),
  ]
}

interface Wanted extends PageQuery {
  readonly order: 'asc' | 'desc'
}

/** The first rows beyond the cursor. A row is in one part only. */
const firstOf = async (parts: readonly Rows[], { cursor, limit, order }: Wanted): Promise<readonly AuditTable[]> => {
  const ordered = parts.map((rows) =>
    rows
      .where(beyond(cursor, ['id'], order))
      .orderBy('id', order)
      .limit(limit),
  )
  const found = await Promise.all(ordered.map((rows) => rows.execute()))
  const [before, after] = order === 'asc' ? [-1, 1] : [1, -1]
  return found
    .flat()
    .sort((one, other) => (one.id < other.id ? before : after))
    .slice(0, limit)
}
