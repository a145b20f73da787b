/** Owns the words of `towline token revoke`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { TokenRevokeOptions } from '../run/token-revoke.ts'

export const tokenRevoke: Build = (io) =>
  examples(
    serverOptions(command('revoke', 'End a credential and all that were made from it, at once'))
      .argument('<credential>', 'its id')
      .addOption(formatOption())
      .action(async (credential: string, options: TokenRevokeOptions) =>
        (await import('../run/token-revoke.ts')).run(io, credential, options),
      ),
    'towline token revoke crd_Jx3kP0vQ8sT2wYbZ5nLm4R',
  )
