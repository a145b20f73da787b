/** Owns the words of `towline webtty fs mv`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { WebttyFsMvOptions } from '../run/webtty-fs-mv.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyFsMv: Build = (io) =>
  examples(
    webttyOptions(
      command('mv', 'Move or rename')
        .argument('<from>', 'below the served folder')
        .argument('<to>', 'below the served folder')
        .option('--overwrite', 'replace a file that is there')
        .addOption(formatOption()),
    ),
    'towline webtty fs mv --url tow://edge-lab /a /b',
  ).action(async (from: string, to: string, options: WebttyFsMvOptions) =>
    (await import('../run/webtty-fs-mv.ts')).run(io, { from, to }, options),
  )
