/** Owns the words of `towline context show`. */
import { type Build, command, formatOption } from '../command.ts'
import type { ContextOptions } from '../run/context-list.ts'

export const contextShow: Build = (io) =>
  command('show', 'Show a context, never its token')
    .argument('[name]', 'its name; the current one when absent')
    .addOption(formatOption())
    .action(async (name: string | undefined, options: ContextOptions) =>
      (await import('../run/context-show.ts')).run(io, name, options),
    )
