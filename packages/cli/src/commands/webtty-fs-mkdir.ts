/** Owns the words of `towline webtty fs mkdir`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { WebttyFsMkdirOptions } from '../run/webtty-fs-mkdir.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyFsMkdir: Build = (io) =>
  examples(
    webttyOptions(
      command('mkdir', 'Make a folder')
        .argument('<path>', 'below the served folder')
        .option('-p, --parents', 'and those above it; no error when it is there')
        .addOption(formatOption()),
    ),
    'towline webtty fs mkdir --url tow://edge-lab -p /a/b',
  ).action(async (path: string, options: WebttyFsMkdirOptions) =>
    (await import('../run/webtty-fs-mkdir.ts')).run(io, path, options),
  )
