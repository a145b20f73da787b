/** Owns the words of `towline webtty known-server add`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { KnownServerAddOptions } from '../run/webtty-known-server-add.ts'

export const webttyKnownServerAdd: Build = (io) =>
  examples(
    command('add', 'Pin the keys of a server; only that server is spoken to from then on')
      .argument('<name>', 'name of the server, as in tow://name')
      .requiredOption('--key <string>', "the server's endpoint identity")
      .option('--client-identity <name>', 'identity to prove to it', 'default')
      .option('--project <slug>', 'only for the server of this project')
      .addOption(formatOption()),
    'towline webtty known-server add edge-lab --key wtyid1... --client-identity laptop',
  ).action(async (name: string, options: KnownServerAddOptions) =>
    (await import('../run/webtty-known-server-add.ts')).run(io, name, options),
  )
