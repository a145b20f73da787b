/** Owns the words of `towline tui fork`. */
import type { Command } from 'commander'
import { type Build, command, serverOptions } from '../command.ts'
import { remoteOptions } from '../remote-options.ts'
import type { TuiOptions } from '../run/tui.ts'

export const tuiFork: Build = (io) =>
  serverOptions(remoteOptions(command('fork', 'Go on in a copy of a thread; without an id one is chosen from a list')))
    .argument('[id]', 'of the thread')
    .option('--last', 'the one that was used last')
    .option('--all', 'of every folder, instead of the one it works in')
    .action(async (id: string | undefined, _options: unknown, made: Command) =>
      (await import('../run/tui.ts')).run(io, { how: 'fork', id }, made.optsWithGlobals<TuiOptions>()),
    )
