/** Owns the words of `towline webtty fs stat`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { WebttyFsStatOptions } from '../run/webtty-fs-stat.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyFsStat: Build = (io) =>
  examples(
    webttyOptions(
      command('stat', 'Tell what a path is').argument('<path>', 'below the served folder').addOption(formatOption()),
    ),
    'towline webtty fs stat --url tow://edge-lab /src/main.c -o json',
  ).action(async (path: string, options: WebttyFsStatOptions) =>
    (await import('../run/webtty-fs-stat.ts')).run(io, path, options),
  )
