/** Owns the words of `towline webtty fs rm`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { WebttyFsRmOptions } from '../run/webtty-fs-rm.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyFsRm: Build = (io) =>
  examples(
    webttyOptions(
      command('rm', 'Remove a file or folder')
        .argument('<path>', 'below the served folder')
        .option('-r, --recursive', 'a folder with all that is in it')
        .addOption(formatOption()),
    ),
    'towline webtty fs rm --url tow://edge-lab -r /old',
  ).action(async (path: string, options: WebttyFsRmOptions) =>
    (await import('../run/webtty-fs-rm.ts')).run(io, path, options),
  )
