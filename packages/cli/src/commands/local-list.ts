/** Owns the words of `towline local list`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { LocalListOptions } from '../run/local-list.ts'

export const localList: Build = (io) =>
  examples(
    command('list', 'List what is published in the background, and what was lost or has expired')
      .alias('ls')
      .option('--all', 'also what was stopped in the last day')
      .addOption(formatOption())
      .action(async (options: LocalListOptions) => (await import('../run/local-list.ts')).run(io, options)),
    'towline local list -o json',
  )
