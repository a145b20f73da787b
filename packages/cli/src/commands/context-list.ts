/** Owns the words of `towline context list`. */
import { type Build, command, formatOption } from '../command.ts'
import type { ContextOptions } from '../run/context-list.ts'

export const contextList: Build = (io) =>
  command('list', 'List the servers this user knows')
    .alias('ls')
    .addOption(formatOption())
    .action(async (options: ContextOptions) => (await import('../run/context-list.ts')).run(io, options))
