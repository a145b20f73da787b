/** Owns the work of `towline client cut`. */
import { cutClient } from '@towline/operations'
import type { Io } from '../io.ts'
import { printOne } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import { CUT_COLUMNS, type CutOptions } from './tunnel-cut.ts'

export const run = async (io: Io, client: string, options: CutOptions): Promise<void> => {
  const { reason, output } = options
  const { id } = await cutClient(await connectionOf(io, options), client, { reason, signal: io.signal })
  printOne({ io, format: output, columns: CUT_COLUMNS }, { id, reason })
}
