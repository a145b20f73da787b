/** Owns the words of `towline webtty unexpose`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { WebttyExposedOptions } from '../run/webtty-exposed.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyUnexpose: Build = (io) =>
  examples(
    webttyOptions(
      command('unexpose', 'End one service that a machine exposes; twice is harmless')
        .argument('<id>', 'as "webtty exposed" shows it')
        .addOption(formatOption()),
    ),
    'towline webtty unexpose --url tow://edge-lab exp_0123456789abcdef',
  ).action(async (id: string, options: WebttyExposedOptions) =>
    (await import('../run/webtty-unexpose.ts')).run(io, id, options),
  )
