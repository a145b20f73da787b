/** Owns the words of `towline local stop`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { LocalStopOptions } from '../run/local-stop.ts'

export const localStop: Build = (io) =>
  examples(
    command('stop', 'End what is published in the background; again is harmless')
      .argument('[id]', 'id, or name while it serves')
      .option('--all', 'end all of them')
      .addOption(formatOption('text'))
      .action(async (id: string | undefined, options: LocalStopOptions) =>
        (await import('../run/local-stop.ts')).run(io, id, options),
      ),
    'towline local stop web',
    'towline local stop --all',
  )
