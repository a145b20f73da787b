/** Owns the work of `towline local list`. */
import type { Io } from '../io.ts'
import { type Format, printList } from '../output/printers.ts'
import { LOCAL_COLUMNS } from './local-columns.ts'
import { supervisorOf } from './supervisor.ts'

export interface LocalListOptions {
  readonly all?: boolean
  readonly output: Format
}

export const run = async (io: Io, { all, output }: LocalListOptions): Promise<void> => {
  const tunnels = await supervisorOf(io).listLocal({ all, signal: io.signal })
  printList({ io, format: output, columns: LOCAL_COLUMNS }, tunnels)
}
