/** Owns the words of `towline app-server proxy`. */
import type { Command } from 'commander'
import { type Build, command, examples } from '../command.ts'
import type { AppServerProxyOptions } from '../run/app-server-proxy.ts'

export const appServerProxy: Build = (io) =>
  examples(
    command(
      'proxy',
      'Carry the bytes of the socket of an app-server over standard input and output, for use through SSH',
    )
      .option('--sock <path>', 'the socket; the one of the home otherwise')
      .option('--no-start', 'fail when no app-server runs, instead of starting one that goes on by itself')
      .option('--idle-exit <duration>', 'when one that was started ends, if nobody uses it; 30m otherwise')
      .option('--home <folder>', 'home of the app-server [TOWLINE_HOME/app-server]'),
    'ssh devbox towline app-server proxy',
  ).action(async (_options: unknown, made: Command) =>
    // "towline app-server" has options of the same names, and takes them for its own.
    (await import('../run/app-server-proxy.ts')).run(io, made.optsWithGlobals<AppServerProxyOptions>()),
  )
