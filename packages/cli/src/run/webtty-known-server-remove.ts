/** Owns the work of `towline webtty known-server remove`. */
import { homeDir } from '@towline/operations'
import { removeKnownServer } from '@towline/webtty'
import type { Io } from '../io.ts'
import { type Format, printOne } from '../output/printers.ts'
import { SERVER_COLUMNS } from './trust-columns.ts'
import { bare } from './bare-name.ts'

export interface KnownServerRemoveOptions {
  readonly output: Format
  readonly project?: string
}

export const run = async (io: Io, name: string, options: KnownServerRemoveOptions): Promise<void> => {
  const removed = await removeKnownServer(homeDir(io.env), { name: bare(name), project: options.project })
  printOne({ io, format: options.output, columns: SERVER_COLUMNS }, removed)
}
