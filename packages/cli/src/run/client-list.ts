/** Owns the work of `towline client list`. */
import { listClients } from '@towline/operations'
import type { Io } from '../io.ts'
import { printList } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import type { ListOptions } from './list-options.ts'
import { CLIENT_COLUMNS } from './tunnel-columns.ts'

export const run = async (io: Io, options: ListOptions): Promise<void> => {
  const clients = await listClients(await connectionOf(io, options), { filter: options.filter, signal: io.signal })
  printList({ io, format: options.output, columns: CLIENT_COLUMNS }, clients)
}
