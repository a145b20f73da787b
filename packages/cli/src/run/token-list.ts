/** Owns the work of `towline token list`. */
import { chooseProject, listCredentials } from '@towline/operations'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Format, printList } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import { CREDENTIAL_COLUMNS } from './control-columns.ts'

export interface TokenListOptions extends ServerOptions {
  readonly project?: string
  readonly output: Format
}

export const run = async (io: Io, options: TokenListOptions): Promise<void> => {
  const connection = await connectionOf(io, options)
  const projectId = await chooseProject(io.env, connection, options.project)
  const credentials = await listCredentials(connection, { projectId, signal: io.signal })
  printList({ io, format: options.output, columns: CREDENTIAL_COLUMNS }, credentials)
}
