/** Owns the words of `towline webtty authorized-client remove`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { AuthorizedClientRemoveOptions } from '../run/webtty-authorized-client-remove.ts'

export const webttyAuthorizedClientRemove: Build = (io) =>
  examples(
    command('remove', 'Shut a client out, and end what it has open')
      .argument('<name>', 'client')
      .requiredOption('--identity <name>', 'identity of the server')
      .addOption(formatOption()),
    'towline webtty authorized-client remove laptop --identity edge-lab',
  ).action(async (name: string, options: AuthorizedClientRemoveOptions) =>
    (await import('../run/webtty-authorized-client-remove.ts')).run(io, name, options),
  )
