/** Owns the work of `towline workspace list`. */
import { listWorkspaces } from '@towline/operations'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Format, printList } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import { WORKSPACE_COLUMNS } from './control-columns.ts'

export interface WorkspaceListOptions extends ServerOptions {
  readonly output: Format
}

export const run = async (io: Io, options: WorkspaceListOptions): Promise<void> => {
  const workspaces = await listWorkspaces(await connectionOf(io, options), io)
  printList({ io, format: options.output, columns: WORKSPACE_COLUMNS }, workspaces)
}
