/** Owns the work of `towline context list`. */
import { listContexts } from '@towline/operations'
import type { Io } from '../io.ts'
import { type Format, printList } from '../output/printers.ts'
import { CONTEXT_COLUMNS } from './context-columns.ts'

export interface ContextOptions {
  readonly output: Format
}

export const run = async (io: Io, { output }: ContextOptions): Promise<void> =>
  printList({ io, format: output, columns: CONTEXT_COLUMNS }, await listContexts(io.env))
