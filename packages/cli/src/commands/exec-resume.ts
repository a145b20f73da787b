/** Owns the words of `towline exec resume`. */
import type { Command } from 'commander'
import { type Build, command } from '../command.ts'
import { execOptions } from '../exec-options.ts'
import type { ExecOptions } from '../run/exec.ts'

export const execResume: Build = (io) =>
  execOptions(command('resume', 'Go on with a thread: its id and what to do next, or --last'))
    .argument('[id]', 'of the thread; the prompt with --last')
    .argument('[prompt]', 'what to do next; - reads it from standard input')
    .option('--last', 'the thread that was used last')
    .option('--all', 'with --last: of every folder, instead of the one it works in')
    .action(async (id: string | undefined, prompt: string | undefined, ...[, made]: [unknown, Command]) => {
      const options = made.optsWithGlobals<ExecOptions>()
      const words = options.last ? { prompt: id, resume: { id: undefined } } : { prompt, resume: { id } }
      await (await import('../run/exec.ts')).run(io, words, options)
    })
