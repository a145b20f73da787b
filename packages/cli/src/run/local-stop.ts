/** Owns the work of `towline local stop`. */
import { AppError } from '@towline/protocol'
import type { Io } from '../io.ts'
import { type Format, printList, printOne } from '../output/printers.ts'
import { STOPPED_COLUMNS } from './local-columns.ts'
import { supervisorOf } from './supervisor.ts'

export interface LocalStopOptions {
  readonly all?: boolean
  readonly output: Format
}

export const run = async (io: Io, id: string | undefined, { all, output }: LocalStopOptions): Promise<void> => {
  if ((id === undefined) !== (all === true)) throw new AppError('USAGE', { problem: 'Give an id, or --all.' })
  const [supervisor, { signal }] = [supervisorOf(io), io]
  const print = { io, format: output, columns: STOPPED_COLUMNS }
  if (id === undefined) return printList(print, await supervisor.stopAllLocal({ signal }))
  printOne(print, await supervisor.stopLocal(id, { signal }))
}
