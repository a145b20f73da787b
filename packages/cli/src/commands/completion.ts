/** Owns the words of `towline completion`. */
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
