/** Owns the words of `towline webtty signal`. */
import { type Build, command, examples } from '../command.ts'
import type { WebttySignalOptions } from '../run/webtty-signal.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttySignal: Build = (io) =>
  examples(
    webttyOptions(
      command('signal', 'Send a signal to a process and all it started')
        .argument('<process>', 'process id')
        .argument('<signal>', 'INT, TERM, HUP, QUIT, KILL, USR1, USR2, TSTP or CONT')
        .option('--leader', 'only the process itself'),
    ),
    'towline webtty signal --url tow://edge-lab build-7 TERM',
  ).action(async (process: string, name: string, options: WebttySignalOptions) =>
    (await import('../run/webtty-signal.ts')).run(io, { processId: process, text: name }, options),
  )
