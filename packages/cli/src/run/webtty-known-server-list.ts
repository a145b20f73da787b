/** Owns the work of `towline webtty known-server list`. */
import { homeDir } from '@towline/operations'
import { listKnownServers } from '@towline/webtty'
import type { Io } from '../io.ts'
import { type Format, printList } from '../output/printers.ts'
import { SERVER_COLUMNS } from './trust-columns.ts'

export interface KnownServerListOptions {
  readonly output: Format
}

export const run = async (io: Io, options: KnownServerListOptions): Promise<void> => {
  printList({ io, format: options.output, columns: SERVER_COLUMNS }, await listKnownServers(homeDir(io.env)))
}
