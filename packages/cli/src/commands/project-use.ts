/** Owns the words of `towline project use`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { ProjectUseOptions } from '../run/project-use.ts'

export const projectUse: Build = (io) =>
  examples(
    serverOptions(command('use', 'Make a project the one of the current context'))
      .argument('<project>', 'id or endpoint')
      .addOption(formatOption())
      .action(async (project: string, options: ProjectUseOptions) =>
        (await import('../run/project-use.ts')).run(io, project, options),
      ),
    'towline project use demo',
  )
