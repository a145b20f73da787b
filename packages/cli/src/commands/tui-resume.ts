/** Owns the words of `towline tui resume`. */
import type { Command } from 'commander'
import { type Build, command, serverOptions } from '../command.ts'
import { remoteOptions } from '../remote-options.ts'
import type { TuiOptions } from '../run/tui.ts'

export const tuiResume: Build = (io) =>
  serverOptions(remoteOptions(command('resume', 'Go on with a thread; without an id one is chosen from a list')))
    .argument('[id]', 'of the thread')
    .option('--last', 'the one that was used last')
    .option('--all', 'of every folder, instead of the one it works in')
    .action(async (id: string | undefined, _options: unknown, made: Command) =>
      (await import('../run/tui.ts')).run(io, { how: 'resume', id }, made.optsWithGlobals<TuiOptions>()),
    )
