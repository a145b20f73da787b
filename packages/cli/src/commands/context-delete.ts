/** Owns the words of `towline context delete`. */
import { type Build, command, formatOption } from '../command.ts'
import type { ContextOptions } from '../run/context-list.ts'

export const contextDelete: Build = (io) =>
  command('delete', 'Forget a context, and end its login at the server')
    .argument('<name>', 'its name')
    .addOption(formatOption())
    .action(async (name: string, options: ContextOptions) =>
      (await import('../run/context-delete.ts')).run(io, name, options),
    )
