/** Owns the work of `towline doctor`. */
import { doctor, type DoctorReport, type DoctorRow } from '@towline/operations'
import { AppError } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Column, type Format, printList, printOne } from '../output/printers.ts'
import { AGENT, VERSION } from '../version.ts'

export interface DoctorOptions extends ServerOptions {
  readonly deep?: boolean
  readonly output: Format
}

const COLUMNS: readonly Column<DoctorRow>[] = [
  { title: 'STATUS', of: ({ status }) => status },
  { title: 'CHECK', of: ({ id }) => id },
  { title: 'FOUND', of: ({ found }) => found },
  { title: 'NEXT', of: ({ next }) => next },
]

/** Prints every row, then throws CHECK_FAILED when one failed. */
export const run = async (io: Io, { deep = false, output, context, caFile, project }: DoctorOptions): Promise<void> => {
  const flags = { context, caFile, project }
  const report = await doctor({ env: io.env, flags, agent: AGENT, version: VERSION, deep, signal: io.signal })
  print(io, output, report)
  const failed = report.rows.filter(({ status }) => status === 'fail').length
  if (failed > 0)
    throw new AppError('CHECK_FAILED', { failed, total: report.rows.length, url: report.url ?? 'this machine' })
}

const print = (io: Io, format: Format, report: DoctorReport): void => {
  if (format === 'json' || format === 'yaml') return printOne({ io, format, columns: [] }, report)
  printList({ io, format, columns: COLUMNS }, report.rows)
}
