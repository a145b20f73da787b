/** Owns the work of `towline project rename`. */
import { renameProject } from '@towline/operations'
import { AppError } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Format, printOne } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import { PROJECT_COLUMNS } from './control-columns.ts'

export interface ProjectRenameOptions extends ServerOptions {
  readonly name?: string
  readonly endpoint?: string
  readonly output: Format
}

export const run = async (io: Io, project: string, options: ProjectRenameOptions): Promise<void> => {
  const { name, endpoint, output } = options
  if (name === undefined && endpoint === undefined)
    throw new AppError('USAGE', { problem: 'Give --name or --endpoint.' })
  const change = { name, endpoint, signal: io.signal }
  const renamed = await renameProject(await connectionOf(io, options), project, change)
  printOne({ io, format: output, columns: PROJECT_COLUMNS }, renamed)
}
