/** Owns the words of `towline webtty known-server list`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { KnownServerListOptions } from '../run/webtty-known-server-list.ts'

export const webttyKnownServerList: Build = (io) =>
  examples(
    command('list', 'List the servers whose keys are pinned').alias('ls').addOption(formatOption()),
    'towline webtty known-server list',
  ).action(async (options: KnownServerListOptions) =>
    (await import('../run/webtty-known-server-list.ts')).run(io, options),
  )
