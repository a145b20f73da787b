/** Owns the words of `towline webtty fs ls`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { WebttyFsLsOptions } from '../run/webtty-fs-ls.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyFsLs: Build = (io) =>
  examples(
    webttyOptions(
      command('ls', 'List a folder')
        .argument('[path]', 'below the served folder; / otherwise')
        .option('--depth <n>', 'levels below it, at most 4')
        .option('--glob <pattern>', 'only names that match')
        .addOption(formatOption()),
    ),
    'towline webtty fs ls --url tow://edge-lab /src',
  ).action(async (path: string | undefined, options: WebttyFsLsOptions) =>
    (await import('../run/webtty-fs-ls.ts')).run(io, path, options),
  )
