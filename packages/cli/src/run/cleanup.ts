/** Owns the work of `towline cleanup`. */
import { cleanUp, cleanupLabels, cleanersOf, type CleanupReport } from '@towline/operations'
import { AppError, parseLabels } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Column, type Format, printList, printOne } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import { machineRequest } from './machine.ts'
import { supervisorOf } from './supervisor.ts'

export interface CleanupOptions extends ServerOptions {
  readonly label?: readonly string[]
  readonly thread?: string
  readonly purpose?: string
  readonly dryRun?: boolean
  readonly output: Format
}

interface Row {
  readonly result: string
  readonly kind: string
  readonly id?: string | undefined
  readonly name?: string | undefined
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'RESULT', of: ({ result }) => result },
  { title: 'KIND', of: ({ kind }) => kind },
  { title: 'NAME', of: ({ name }) => name },
  { title: 'ID', of: ({ id }) => id },
]

export const run = async (io: Io, options: CleanupOptions): Promise<void> => {
  const { thread, purpose, dryRun, output } = options
  const selection = { labels: parseLabels(options.label ?? []), thread, purpose }
  // Nothing chosen is said before anybody is asked.
  cleanupLabels(selection)
  const connection = await connectionOf(io, options)
  const named = options.context !== undefined || options.project !== undefined
  const reach = (name: string) => machineRequest(io, { ...options, url: `tow://${name}` })
  const cleaners = cleanersOf({ connection, supervisor: supervisorOf(io, options.caFile), reach, named })
  const report = await cleanUp({ ...selection, cleaners, dryRun, signal: io.signal })
  const { failed, removed } = report
  if (output === 'json' || output === 'yaml') printOne({ io, format: output, columns: [] }, report)
  else printList({ io, format: output, columns: COLUMNS }, rowsOf(report, dryRun === true))
  if (failed.length > 0) {
    throw new AppError('CLEANUP_INCOMPLETE', { failed: failed.length, total: failed.length + removed.length })
  }
}

/** What failed remains as well, and is told once. */
const rowsOf = ({ removed, failed, remaining }: CleanupReport, dryRun: boolean): readonly Row[] => {
  const told = new Set(failed.flatMap(({ item }) => (item ? [item.id] : [])))
  return [
    ...removed.map((item) => ({ result: 'removed', ...item })),
    ...failed.map(({ item, kind, code }) => ({ result: `failed ${code}`, kind, id: item?.id, name: item?.name })),
    ...remaining.filter(({ id }) => !told.has(id)).map((item) => ({ result: dryRun ? 'found' : 'left', ...item })),
  ]
}
