/** Owns the work of `towline agent-check`. */
import { type AgentCheck, AGENT_CHECK_TOP_LEVEL, agentCheck, caOf, type CheckRow } from '@towline/operations'
import { AppError } from '@towline/protocol'
import { type Io, note } from '../io.ts'
import { type Column, type Format, printList, printOne } from '../output/printers.ts'
import { styleFor } from '../output/style.ts'

export interface AgentCheckOptions {
  readonly caFile?: string
  readonly output: Format
}

const COLUMNS: readonly Column<CheckRow>[] = [
  { title: 'STATUS', of: ({ status }) => status },
  { title: 'CHECK', of: ({ id }) => id },
  { title: 'FOUND', of: ({ found }) => found },
  { title: 'NEXT', of: ({ next }) => next },
]

/** Prints every row, then throws CHECK_FAILED when one failed. */
export const run = async (io: Io, url: string, options: AgentCheckOptions): Promise<void> => {
  const ca = await caOf(io.env, options)
  const report = await agentCheck(url, { ca, signal: io.signal })
  print(io, options.output, report)
  const failed = report.rows.filter(({ status }) => status === 'fail').length
  if (failed > 0) throw new AppError('CHECK_FAILED', { failed, total: report.total, url: report.url })
}

/** Whole objects for programs; for people and line tools the rows, and the grade beside them. */
const print = (io: Io, format: Format, report: AgentCheck): void => {
  if (format === 'json' || format === 'yaml') return printOne({ io, format, columns: [] }, report)
  printList({ io, format, columns: COLUMNS }, report.rows)
  const style = styleFor(io, 'stderr')
  const grade = style.bold(`level ${report.level} of ${AGENT_CHECK_TOP_LEVEL}`)
  note(io, `${report.url}: ${grade}, ${report.passed} of ${report.total} checks pass`)
}
