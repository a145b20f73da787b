/** Owns the words of `towline webtty wait`. */
import { Option } from 'commander'
import { type Build, command, examples } from '../command.ts'
import type { WebttyWaitOptions } from '../run/webtty-wait.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyWait: Build = (io) =>
  examples(
    webttyOptions(
      command('wait', 'Wait for a process; ends with its exit status')
        .argument('<process>', 'process id')
        .addOption(
          new Option('-o, --output <format>', 'json prints its result').choices(['text', 'json']).default('text'),
        ),
    ),
    'towline webtty wait --url tow://edge-lab build-7 -o json',
  ).action(async (process: string, options: WebttyWaitOptions) =>
    (await import('../run/webtty-wait.ts')).run(io, process, options),
  )
