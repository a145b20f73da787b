/** Owns the words of `towline events`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { EventsOptions } from '../run/events.ts'

export const events: Build = (io) =>
  examples(
    serverOptions(command('events', 'Watch tunnels and clients come and go; goes on after a break'))
      .option('--tunnel-filter <filter>', 'only tunnels that pass')
      .option('--client-filter <filter>', 'only clients that pass')
      .addOption(formatOption())
      .action(async (options: EventsOptions) => (await import('../run/events.ts')).run(io, options)),
    'towline events -o json',
  )
