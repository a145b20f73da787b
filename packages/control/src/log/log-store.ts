/** Owns the logs of projects in the database: added, read by time, tunnel and label, and deleted when there are too many. */
import type { LogEntry } from '@towline/protocol'
import { type Kysely, sql } from 'kysely'
import { beyond, type Page, type PageQuery, pageOf } from '../store/page.ts'
import type { RequestLogsTable, Tables } from '../store/schema.ts'
import { startOf } from '../store/time-id.ts'
import { labelLine, toLogEntry } from './log-rows.ts'

export interface LogQuery extends PageQuery {
  readonly projectId: string
  readonly kind?: LogEntry['kind'] | undefined
  /** Integer seconds, the first that counts. */
  readonly since?: number | undefined
  /** Integer seconds, the first that does not count any more. */
  readonly until?: number | undefined
  /** Id or name. */
  readonly tunnel?: string | undefined
  /** All of them. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

export const addLogRows = async (db: Kysely<Tables>, rows: readonly RequestLogsTable[]): Promise<void> => {
  await db
    .insertInto('request_logs')
    .values([...rows])
    .execute()
}

/** Newest first. */
export const listLogs = async (db: Kysely<Tables>, query: LogQuery): Promise<Page<LogEntry>> => {
  const { projectId, limit, cursor, kind, since, until, tunnel, labels = {} } = query
  let rows = db.selectFrom('request_logs').selectAll().where('project_id', '=', projectId)
  if (kind !== undefined) rows = rows.where('kind', '=', kind)
  if (since !== undefined) rows = rows.where('id', '>=', startOf('log', since * 1000))
  if (until !== undefined) rows = rows.where('id', '<', startOf('log', until * 1000))
  if (tunnel !== undefined) {
    rows = rows.where(({ eb, or }) => or([eb('tunnel', '=', tunnel), eb('tunnel_id', '=', tunnel)]))
  }
  for (const [key, value] of Object.entries(labels)) rows = rows.where(holdsLabel(key, value))
  const ordered = rows.where(beyond(cursor, ['id'], 'desc')).orderBy('id', 'desc')
  const found = await ordered.limit(limit + 1).execute()
  return pageOf(found, limit, { key: (row) => [row.id], item: toLogEntry })
}

/** Deletes the oldest of a project over a bound. */
export const trimLogs = async (db: Kysely<Tables>, projectId: string, kept: number): Promise<void> => {
  await sql`delete from request_logs where project_id = ${projectId} and id <= (
    select id from request_logs where project_id = ${projectId} order by id desc limit 1 offset ${kept})`.execute(db)
}

/** Forgets what happened before a time. */
export const deleteOldLogs = async (db: Kysely<Tables>, before: number): Promise<void> => {
  await db
    .deleteFrom('request_logs')
    .where('id', '<', startOf('log', before * 1000))
    .execute()
}

/** `like` tells upper from lower case on one database only; what `replace` changes holds the line. */
const holdsLabel = (key: string, value: string) => {
  const line = labelLine(key, value.replaceAll('\0', ''))
  return sql<boolean>`replace(labels, ${line}, '') <> labels`
}
