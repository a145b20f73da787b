/** Owns the work of `towline webtty authorized-client remove`. */
import { homeDir } from '@towline/operations'
import { removeAuthorizedClient } from '@towline/webtty'
import type { Io } from '../io.ts'
import { type Format, printOne } from '../output/printers.ts'
import { CLIENT_COLUMNS } from './trust-columns.ts'

export interface AuthorizedClientRemoveOptions {
  readonly output: Format
  readonly identity: string
}

export const run = async (io: Io, client: string, options: AuthorizedClientRemoveOptions): Promise<void> => {
  const { identity, output } = options
  const removed = await removeAuthorizedClient(homeDir(io.env), { identity, client })
  printOne({ io, format: output, columns: CLIENT_COLUMNS }, removed)
}
