/** Owns the work of `towline context show`. */
import { showContext } from '@towline/operations'
import type { Io } from '../io.ts'
import { printOne } from '../output/printers.ts'
import { CONTEXT_COLUMNS } from './context-columns.ts'
import type { ContextOptions } from './context-list.ts'

export const run = async (io: Io, name: string | undefined, { output }: ContextOptions): Promise<void> =>
  printOne({ io, format: output, columns: CONTEXT_COLUMNS }, await showContext(io.env, name))
