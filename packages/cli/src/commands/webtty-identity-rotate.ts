/** Owns the words of `towline webtty identity rotate`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { IdentityRotateOptions } from '../run/webtty-identity-rotate.ts'

export const webttyIdentityRotate: Build = (io) =>
  examples(
    command('rotate', 'Replace the keys of an identity; peers must pin the new ones')
      .argument('<name>', 'identity')
      .addOption(formatOption()),
    'towline webtty identity rotate edge-lab',
  ).action(async (name: string, options: IdentityRotateOptions) =>
    (await import('../run/webtty-identity-rotate.ts')).run(io, name, options),
  )
