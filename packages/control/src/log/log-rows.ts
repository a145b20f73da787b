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

const TEXT_COLUMNS = Object.entries(TEXTS) as [keyof typeof TEXTS, string][]
const NUMBER_COLUMNS = Object.entries(NUMBERS) as [keyof typeof NUMBERS, string][]

/** Made while a visitor waits, so column by column. */
export const toLogRow = (entry: LogEntry, { logTextChars }: Limits): RequestLogsTable => {
  const { projectId: project_id, at, kind, labels } = entry
  const row: Record<string, string | number | null> = { id: timeId('log', at * 1000), project_id, at, kind }
  row['labels'] = labels ? labelLines(labels) : ''
  for (const [key, column] of TEXT_COLUMNS) row[column] = cutText(withoutQuery(key, entry[key]), logTextChars)
  for (const [key, column] of NUMBER_COLUMNS) row[column] = rounded(entry[key])
  return row as unknown as RequestLogsTable
}

const rounded = (value: number | undefined): number | null => (value === undefined ? null : Math.round(value))

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
