/** Owns the words of `towline project list`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { ProjectListOptions } from '../run/project-list.ts'

export const projectList: Build = (io) =>
  examples(
    serverOptions(command('list', 'List the projects you can see').alias('ls'))
      .option('--workspace <workspace>', 'id or slug; the only one when absent')
      .addOption(formatOption())
      .action(async (options: ProjectListOptions) => (await import('../run/project-list.ts')).run(io, options)),
    'towline project list -o json',
  )
