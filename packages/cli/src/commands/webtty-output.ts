/** Owns the words of `towline webtty output`. */
import { type Build, command, examples } from '../command.ts'
import type { WebttyOutputOptions } from '../run/webtty-output.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyOutput: Build = (io) =>
  examples(
    webttyOptions(
      command('output', 'Print what a process has written')
        .argument('<process>', 'process id')
        .option('--from <offset>', 'byte to begin at; 0 otherwise')
        .option('--stream <name>', 'stdout, stderr or pty; all otherwise')
        .option('--follow', 'go on until it ends'),
    ),
    'towline webtty output --url tow://edge-lab build-7 --follow',
  ).action(async (process: string, options: WebttyOutputOptions) =>
    (await import('../run/webtty-output.ts')).run(io, process, options),
  )
