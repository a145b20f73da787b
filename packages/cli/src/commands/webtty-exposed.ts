/** Owns the words of `towline webtty exposed`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { WebttyExposedOptions } from '../run/webtty-exposed.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyExposed: Build = (io) =>
  examples(
    webttyOptions(
      command('exposed', 'List the services that a machine exposes, and what ended by itself lately').addOption(
        formatOption(),
      ),
    ),
    'towline webtty exposed --url tow://edge-lab',
  ).action(async (options: WebttyExposedOptions) => (await import('../run/webtty-exposed.ts')).run(io, options))
