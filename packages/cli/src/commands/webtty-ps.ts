/** Owns the words of `towline webtty ps`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { WebttyPsOptions } from '../run/webtty-ps.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyPs: Build = (io) =>
  examples(
    webttyOptions(
      command('ps', 'List the processes of a machine that were started through it').addOption(formatOption()),
    ),
    'towline webtty ps --url tow://edge-lab',
  ).action(async (options: WebttyPsOptions) => (await import('../run/webtty-ps.ts')).run(io, options))
