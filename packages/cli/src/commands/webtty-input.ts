/** Owns the words of `towline webtty input`. */
import { type Build, command, examples } from '../command.ts'
import type { WebttyInputOptions } from '../run/webtty-input.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyInput: Build = (io) =>
  examples(
    webttyOptions(
      command('input', 'Write standard input to a process that was started with --stdin')
        .argument('<process>', 'process id')
        .option('--eof', 'end its input afterwards'),
    ),
    'echo yes | towline webtty input --url tow://edge-lab build-7 --eof',
  ).action(async (process: string, options: WebttyInputOptions) =>
    (await import('../run/webtty-input.ts')).run(io, process, options),
  )
