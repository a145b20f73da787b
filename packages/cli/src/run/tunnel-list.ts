/** Owns the work of `towline tunnel list`. */
import { listTunnels } from '@towline/operations'
import type { Io } from '../io.ts'
import { printList } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import type { ListOptions } from './list-options.ts'
import { TUNNEL_COLUMNS } from './tunnel-columns.ts'

export const run = async (io: Io, options: ListOptions): Promise<void> => {
  const tunnels = await listTunnels(await connectionOf(io, options), { filter: options.filter, signal: io.signal })
  printList({ io, format: options.output, columns: TUNNEL_COLUMNS }, tunnels)
}
