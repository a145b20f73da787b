/** Owns the words of `towline webtty exec`. */
import { Option } from 'commander'
import { type Build, command, examples, collect } from '../command.ts'
import type { WebttyExecOptions } from '../run/webtty-exec.ts'
import { webttyOptions } from '../webtty-options.ts'

export const webttyExec: Build = (io) =>
  examples(
    webttyOptions(
      command('exec', 'Run a command on a machine; ends with its exit status')
        .argument('[command...]', 'program and arguments, after --')
        .option('-w, --cwd <folder>', 'where to run it')
        .option('-e, --env <KEY=value>', 'variable for it; KEY alone passes ours on; repeat for more', collect)
        .addOption(
          new Option('--env-policy <policy>', "what it gets of the server's own variables").choices([
            'core',
            'all',
            'none',
          ]),
        )
        .option('--shell <line>', 'run this line by sh instead of a program')
        .option('--stdin', 'pass standard input on; it is /dev/null otherwise')
        .option(
          '--timeout <duration>',
          'end its whole process tree after this long, such as 500ms or 30s; exit status 124',
        )
        .option('--kill-grace <duration>', 'time between asking it to end and killing it, such as 500ms; 2s otherwise')
        .option('--max-output <bytes>', 'kept of each stream in the JSON result, head and tail; 1 MiB otherwise')
        .option('--detach', 'leave it running and print its process id')
        .option('--id <id>', 'process id of your choice: the same command is started once, however often you ask')
        .option('--title <text>', 'what lists call it')
        .addOption(
          new Option('-o, --output <format>', 'text passes its output through; json prints one result')
            .choices(['text', 'json'])
            .default('text'),
        ),
    ),
    'towline webtty exec --url tow://edge-lab -- uname -a',
    "towline webtty exec --url tow://edge-lab --timeout 30s -o json -- sh -c 'echo hi; exit 3'",
  ).action(async (words: readonly string[], options: WebttyExecOptions) =>
    (await import('../run/webtty-exec.ts')).run(io, words, options),
  )
