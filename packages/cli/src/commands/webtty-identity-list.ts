/** Owns the words of `towline webtty identity list`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { IdentityListOptions } from '../run/webtty-identity-list.ts'

export const webttyIdentityList: Build = (io) =>
  examples(
    command('list', 'List the identities of this machine').alias('ls').addOption(formatOption()),
    'towline webtty identity list',
  ).action(async (options: IdentityListOptions) => (await import('../run/webtty-identity-list.ts')).run(io, options))
