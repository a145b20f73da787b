/** Owns the words of `towline webtty known-server remove`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { KnownServerRemoveOptions } from '../run/webtty-known-server-remove.ts'

export const webttyKnownServerRemove: Build = (io) =>
  examples(
    command('remove', 'Forget the pinned keys of a server')
      .argument('<name>', 'server')
      .option('--project <slug>', 'the entry of this project')
      .addOption(formatOption()),
    'towline webtty known-server remove edge-lab',
  ).action(async (name: string, options: KnownServerRemoveOptions) =>
    (await import('../run/webtty-known-server-remove.ts')).run(io, name, options),
  )
