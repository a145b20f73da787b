/** Owns the work of `towline webtty authorized-client list`. */
import { homeDir } from '@towline/operations'
import { listAuthorizedClients } from '@towline/webtty'
import type { Io } from '../io.ts'
import { type Format, printList } from '../output/printers.ts'
import { CLIENT_COLUMNS } from './trust-columns.ts'

export interface AuthorizedClientListOptions {
  readonly output: Format
  readonly identity: string
}

export const run = async (io: Io, options: AuthorizedClientListOptions): Promise<void> => {
  const clients = await listAuthorizedClients(homeDir(io.env), options.identity)
  printList({ io, format: options.output, columns: CLIENT_COLUMNS }, clients)
}
