/** Owns the work of `towline project list`. */
import { listProjects } from '@towline/operations'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Format, printList } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import { PROJECT_COLUMNS } from './control-columns.ts'

export interface ProjectListOptions extends ServerOptions {
  readonly workspace?: string
  readonly output: Format
}

export const run = async (io: Io, options: ProjectListOptions): Promise<void> => {
  const { workspace, output } = options
  const projects = await listProjects(await connectionOf(io, options), { workspace, signal: io.signal })
  printList({ io, format: output, columns: PROJECT_COLUMNS }, projects)
}
