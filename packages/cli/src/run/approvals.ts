/** Owns the work of `towline approvals`. */
import type { Io } from '../io.ts'
import { type Format, printList } from '../output/printers.ts'
import { APPROVAL_COLUMNS } from './local-columns.ts'
import { supervisorOf } from './supervisor.ts'

export interface ApprovalsOptions {
  readonly output: Format
}

export const run = async (io: Io, { output }: ApprovalsOptions): Promise<void> =>
  printList(
    { io, format: output, columns: APPROVAL_COLUMNS },
    await supervisorOf(io).listApprovals({ signal: io.signal }),
  )
