/** Owns the words of `towline webtty authorized-client add`. */
import { type Build, command, examples, collect, formatOption } from '../command.ts'
import type { AuthorizedClientAddOptions } from '../run/webtty-authorized-client-add.ts'

export const webttyAuthorizedClientAdd: Build = (io) =>
  examples(
    command('add', 'Let a client reach a server that uses this identity')
      .argument('<name>', 'what to call the client')
      .requiredOption('--identity <name>', 'identity of the server')
      .requiredOption('--key <string>', "the client's endpoint identity")
      .option('--role <role>', 'exec or pty; repeat for more; all otherwise', collect)
      .option('--expires <duration>', 'how long it may')
      .addOption(formatOption()),
    'towline webtty authorized-client add laptop --identity edge-lab --key wtyid1...',
  ).action(async (name: string, options: AuthorizedClientAddOptions) =>
    (await import('../run/webtty-authorized-client-add.ts')).run(io, name, options),
  )
