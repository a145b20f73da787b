/** Owns the words of `towline project delete`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { ProjectDeleteOptions } from '../run/project-delete.ts'

export const projectDelete: Build = (io) =>
  examples(
    serverOptions(command('delete', 'End a project: its tunnels stop, its credentials are revoked'))
      .argument('<project>', 'id or endpoint')
      .option('--yes', 'do it; without this nothing happens')
      .addOption(formatOption())
      .action(async (project: string, options: ProjectDeleteOptions) =>
        (await import('../run/project-delete.ts')).run(io, project, options),
      ),
    'towline project delete demo --yes',
  )
