/** Owns the hidden `towline complete`, which the scripts of shells call. */
import { type Build, command } from '../command.ts'

export const complete: Build = (io) =>
  command('complete', 'Answer what may follow the words')
    .argument('[words...]')
    .action(async (words: string[]) => (await import('../run/completion.ts')).complete(io, words))
