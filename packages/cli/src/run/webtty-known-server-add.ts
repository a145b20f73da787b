/** Owns the work of `towline webtty known-server add`. */
import { homeDir } from '@towline/operations'
import { addKnownServer } from '@towline/webtty'
import type { Io } from '../io.ts'
import { type Format, printOne } from '../output/printers.ts'
import { SERVER_COLUMNS } from './trust-columns.ts'
import { bare } from './bare-name.ts'

export interface KnownServerAddOptions {
  readonly output: Format
  readonly key: string
  readonly clientIdentity: string
  readonly project?: string
}

export const run = async (io: Io, name: string, options: KnownServerAddOptions): Promise<void> => {
  const { key, clientIdentity, project } = options
  const added = await addKnownServer(homeDir(io.env), { name: bare(name), key, clientIdentity, project })
  printOne({ io, format: options.output, columns: SERVER_COLUMNS }, added)
}
