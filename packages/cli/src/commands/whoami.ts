/** Owns the words of `towline whoami`. */
import { type Build, command, formatOption, serverOptions } from '../command.ts'
import type { WhoamiOptions } from '../run/whoami.ts'

export const whoami: Build = (io) =>
  serverOptions(command('whoami', 'Show whose credential is used, and what it may do'))
    .addOption(formatOption())
    .action(async (options: WhoamiOptions) => (await import('../run/whoami.ts')).run(io, options))
