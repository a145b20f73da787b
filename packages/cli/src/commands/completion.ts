/** Owns the words of `towline completion`, and of the hidden `complete` that the scripts of shells call. */
import { Argument } from 'commander'
import { type Build, command, examples } from '../command.ts'
import type { Shell } from '../run/completion.ts'

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish']

export const completion: Build = (io) =>
  examples(
    command('completion', 'Print a script that completes words in your shell')
      .addArgument(new Argument('<shell>', 'your shell').choices(SHELLS))
      .action(async (shell: Shell) => (await import('../run/completion.ts')).printScript(io, shell)),
    'source <(towline completion bash)',
    'towline completion fish > ~/.config/fish/completions/towline.fish',
  )

export const complete: Build = (io) =>
  command('complete', 'Answer what may follow the words')
    .argument('[words...]')
    .action(async (words: string[]) => (await import('../run/completion.ts')).complete(io, words))
