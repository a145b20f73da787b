/** Owns the words of `towline token rotate`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { TokenRotateOptions } from '../run/token-rotate.ts'

export const tokenRotate: Build = (io) =>
  examples(
    serverOptions(command('rotate', 'Give a credential another token, which is shown once'))
      .argument('<credential>', 'its id')
      .addOption(formatOption())
      .action(async (credential: string, options: TokenRotateOptions) =>
        (await import('../run/token-rotate.ts')).run(io, credential, options),
      ),
    'towline token rotate crd_Jx3kP0vQ8sT2wYbZ5nLm4R',
  )
