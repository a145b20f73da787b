/** Owns the words of `towline token list`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { TokenListOptions } from '../run/token-list.ts'

export const tokenList: Build = (io) =>
  examples(
    serverOptions(command('list', 'List the credentials of a project, and when each was last used').alias('ls'))
      .addOption(formatOption())
      .action(async (options: TokenListOptions) => (await import('../run/token-list.ts')).run(io, options)),
    'towline token list -o json',
  )
