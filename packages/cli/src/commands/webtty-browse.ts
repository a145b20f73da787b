/** Owns the words of `towline webtty browse`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { WebttyBrowseOptions } from '../run/webtty-browse.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyBrowse: Build = (io) =>
  examples(
    webttyOptions(
      command('browse', 'Print a link that opens a terminal in a browser, good for a short time')
        .option('--expires <duration>', 'how long the link lets in; 10m otherwise, at most 1h')
        .addOption(formatOption()),
    ),
    'towline webtty browse --url tow://edge-lab',
  ).action(async (options: WebttyBrowseOptions) => (await import('../run/webtty-browse.ts')).run(io, options))
