/** Owns the hidden `towline local serve`, which those who need the supervisor start. */
import { type Build, command } from '../command.ts'

export const localServe: Build = (io) =>
  command('serve', 'Hold what is published in the background, until nothing is').action(async () =>
    (await import('../run/local-serve.ts')).run(io),
  )
