/** Owns the words of `towline project create`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { ProjectCreateOptions } from '../run/project-create.ts'

export const projectCreate: Build = (io) =>
  examples(
    serverOptions(command('create', 'Make a project, or begin the checkout of one that is charged'))
      .argument('<name>', 'what it is called')
      .option('--workspace <workspace>', 'id or slug; the only one when absent')
      .option('--endpoint <label>', 'the DNS label of its host names; made from the name when absent')
      .option('--plan <plan>', 'one of the creation options', 'free')
      .addOption(formatOption())
      .action(async (name: string, options: ProjectCreateOptions) =>
        (await import('../run/project-create.ts')).run(io, name, options),
      ),
    'towline project create Demo --endpoint demo',
  )
