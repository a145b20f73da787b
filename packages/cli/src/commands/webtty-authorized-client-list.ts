/** Owns the words of `towline webtty authorized-client list`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { AuthorizedClientListOptions } from '../run/webtty-authorized-client-list.ts'

export const webttyAuthorizedClientList: Build = (io) =>
  examples(
    command('list', 'List the clients that a server lets in')
      .alias('ls')
      .requiredOption('--identity <name>', 'identity of the server')
      .addOption(formatOption()),
    'towline webtty authorized-client list --identity edge-lab',
  ).action(async (options: AuthorizedClientListOptions) =>
    (await import('../run/webtty-authorized-client-list.ts')).run(io, options),
  )
