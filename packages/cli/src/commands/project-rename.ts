/** Owns the words of `towline project rename`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { ProjectRenameOptions } from '../run/project-rename.ts'

export const projectRename: Build = (io) =>
  examples(
    serverOptions(command('rename', 'Give a project another name, or another endpoint'))
      .argument('<project>', 'id or endpoint')
      .option('--name <name>', 'what it is called from now on')
      .option('--endpoint <label>', 'the DNS label of its host names from now on')
      .addOption(formatOption())
      .action(async (project: string, options: ProjectRenameOptions) =>
        (await import('../run/project-rename.ts')).run(io, project, options),
      ),
    'towline project rename demo --name "Demo two"',
  )
