/** Owns the work of `towline project delete`. */
import { deleteProject } from '@towline/operations'
import { AppError } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Format, printOne } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import { PROJECT_COLUMNS } from './control-columns.ts'

export interface ProjectDeleteOptions extends ServerOptions {
  readonly yes?: boolean
  readonly output: Format
}

export const run = async (io: Io, project: string, options: ProjectDeleteOptions): Promise<void> => {
  if (!options.yes) {
    throw new AppError('USAGE', {
      problem: `Deleting ends every tunnel and credential of ${project}; add --yes to do it.`,
    })
  }
  const gone = await deleteProject(await connectionOf(io, options), project, io)
  printOne({ io, format: options.output, columns: PROJECT_COLUMNS }, gone)
}
