/** Owns the words of `towline logout`. */
import { type Build, command, formatOption } from '../command.ts'
import type { LogoutOptions } from '../run/logout.ts'

export const logout: Build = (io) =>
  command('logout', 'End a login at its server and forget it here')
    .option('--context <name>', 'context to end instead of the current one [TOWLINE_CONTEXT]')
    .addOption(formatOption())
    .action(async (options: LogoutOptions) => (await import('../run/logout.ts')).run(io, options))
