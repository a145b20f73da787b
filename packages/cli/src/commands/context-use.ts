/** Owns the words of `towline context use`. */
import { type Build, command, formatOption } from '../command.ts'
import type { ContextOptions } from '../run/context-list.ts'

export const contextUse: Build = (io) =>
  command('use', 'Make a context the current one')
    .argument('<name>', 'its name')
    .addOption(formatOption())
    .action(async (name: string, options: ContextOptions) =>
      (await import('../run/context-use.ts')).run(io, name, options),
    )
