/** Owns what a project's log tells of a request or of the life of a tunnel, and how it lies in the database. */
import type { Labels, Limits, LogEntry } from '@towline/protocol'
import type { RequestLogsTable } from '../store/schema.ts'
import { cutText } from '../store/text.ts'
import { timeId } from '../store/time-id.ts'

/** Keys and columns of texts and numbers that may be absent. */
const TEXTS = {
  tunnelId: 'tunnel_id',
  tunnel: 'tunnel',
  method: 'method',
  host: 'host',
  path: 'path',
  address: 'address',
  credentialId: 'credential_id',
  requestId: 'request_id',
  code: 'code',
  message: 'message',
} as const
const NUMBERS = {
  status: 'status',
  durationMs: 'duration_ms',
  bytesIn: 'bytes_in',
  bytesOut: 'bytes_out',
} as const

export const toLogRow = (entry: LogEntry, limits: Limits): RequestLogsTable => ({
  id: timeId('log', entry.at * 1000),
  project_id: entry.projectId,
  at: entry.at,
  kind: entry.kind,
  labels: labelLines(entry.labels ?? {}),
  ...mapped(TEXTS, (key) => cutText(withoutQuery(key, entry[key]), limits.logTextChars)),
  ...mapped(NUMBERS, (key) => (entry[key] === undefined ? null : Math.round(entry[key]))),
})

export const toLogEntry = (row: RequestLogsTable): LogEntry => {
  const labels = toLabels(row.labels)
  const optional = Object.entries({ ...TEXTS, ...NUMBERS }).flatMap(([key, column]) =>
    row[column] === null ? [] : [[key, row[column]]],
  )
  return {
    projectId: row.project_id,
    at: row.at,
    kind: row.kind as LogEntry['kind'],
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.fromEntries(optional) as Partial<LogEntry>),
  }
}

/** How a label lies between others: values hold no newline. */
export const labelLine = (key: string, value: string): string => `\n${key}=${value}\n`

const labelLines = (labels: Labels): string =>
  Object.entries(labels)
    .map(([key, value]) => labelLine(key, value))
    .join('')

const toLabels = (lines: string): Labels =>
  Object.fromEntries(
    lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

const withoutQuery = (key: string, text: string | undefined): string | undefined =>
  key === 'path' ? text?.split(/[?#]/, 1)[0] : text

/** An object of columns from a table of keys and columns. */
const mapped = <Table extends Readonly<Record<string, string>>, Value>(
  table: Table,
  value: (key: keyof Table & string) => Value,
): Record<Table[keyof Table], Value> =>
  Object.fromEntries(Object.entries(table).map(([key, column]) => [column, value(key)])) as Record<
    Table[keyof Table],
    Value
  >
