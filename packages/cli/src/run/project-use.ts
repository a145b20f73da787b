/** Owns the work of `towline project use`. */
import { useProject } from '@towline/operations'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Format, printOne } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import { PROJECT_COLUMNS } from './control-columns.ts'

export interface ProjectUseOptions extends ServerOptions {
  readonly output: Format
}

export const run = async (io: Io, project: string, options: ProjectUseOptions): Promise<void> => {
  const connection = await connectionOf(io, options)
  const used = await useProject(io.env, connection, { project, signal: io.signal })
  printOne({ io, format: options.output, columns: PROJECT_COLUMNS }, used)
}
