/** Owns the words of `towline webtty identity create`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { IdentityCreateOptions } from '../run/webtty-identity-create.ts'

export const webttyIdentityCreate: Build = (io) =>
  examples(
    command('create', 'Make an identity: the keys of a server or a client')
      .argument('[name]', 'what to call it; "default" otherwise')
      .option('--name <name>', 'the same as the argument')
      .addOption(formatOption()),
    'towline webtty identity create edge-lab',
  ).action(async (name: string | undefined, options: IdentityCreateOptions) =>
    (await import('../run/webtty-identity-create.ts')).run(io, name, options),
  )
