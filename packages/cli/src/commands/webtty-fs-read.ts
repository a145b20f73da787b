/** Owns the words of `towline webtty fs read`. */
import { type Build, command, examples } from '../command.ts'
import type { WebttyFsReadOptions } from '../run/webtty-fs-read.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyFsRead: Build = (io) =>
  examples(
    webttyOptions(
      command('read', 'Print a file')
        .argument('<path>', 'below the served folder')
        .option('--offset <bytes>', 'where to begin')
        .option('--length <bytes>', 'how much'),
    ),
    'towline webtty fs read --url tow://edge-lab /etc/app.toml',
  ).action(async (path: string, options: WebttyFsReadOptions) =>
    (await import('../run/webtty-fs-read.ts')).run(io, path, options),
  )
