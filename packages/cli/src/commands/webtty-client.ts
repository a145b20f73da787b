/** Owns the words of `towline webtty client`. */
import { type Build, command, examples, collect } from '../command.ts'
import type { WebttyClientOptions } from '../run/webtty-client.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyClient: Build = (io) =>
  examples(
    webttyOptions(
      command('client', 'Open a terminal on a machine; it survives a lost network')
        .argument('[command...]', 'program and arguments instead of the login shell, after --')
        .option('-w, --cwd <folder>', 'where to run it')
        .option('-e, --env <KEY=value>', 'variable for it; KEY alone passes ours on; repeat for more', collect)
        .option('--attach <process>', 'come back to a terminal that was left')
        .option('--title <text>', 'what lists call it')
        .option(
          '--escape <character>',
          'first character of ~. (end), ~d (leave it running), ~? (help); "none" switches them off',
          '~',
        ),
    ),
    'towline webtty client --url tow://edge-lab',
    'towline webtty client --url tow://edge-lab -- htop',
  ).action(async (words: readonly string[], options: WebttyClientOptions) =>
    (await import('../run/webtty-client.ts')).run(io, words, options),
  )
