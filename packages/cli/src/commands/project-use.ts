/** Owns the words of `towline project use`. */
import { type Build, command, formatOption } from '../command.ts'
import type { ProjectUseOptions } from '../run/project-use.ts'

export const projectUse: Build = (io) =>
  command('use', 'Choose the project that a login is used for')
    .argument('<slug>', 'the project, as its addresses name it')
    .option('--context <name>', 'context to change instead of the current one [TOWLINE_CONTEXT]')
    .option('--ca-file <file>', 'PEM file of the CA that signed the server certificate [TOWLINE_CA_FILE]')
    .addOption(formatOption())
    .action(async (slug: string, options: ProjectUseOptions) =>
      (await import('../run/project-use.ts')).run(io, slug, options),
    )
