/** Owns the work of `towline context use`. */
import { useContext } from '@towline/operations'
import type { Io } from '../io.ts'
import { printOne } from '../output/printers.ts'
import { CONTEXT_COLUMNS } from './context-columns.ts'
import type { ContextOptions } from './context-list.ts'

export const run = async (io: Io, name: string, { output }: ContextOptions): Promise<void> =>
  printOne({ io, format: output, columns: CONTEXT_COLUMNS }, await useContext(io.env, name))
