/** Owns the words of `towline tunnel cut`. */
import { type Build, command, formatOption, serverOptions } from '../command.ts'
import type { CutOptions } from '../run/tunnel-cut.ts'

export const tunnelCut: Build = (io) =>
  serverOptions(command('cut', 'End a tunnel; its owner is told why'))
    .argument('<tunnel>', 'name or id')
    .option('--reason <text>', 'what the owner is told', 'no reason given')
    .addOption(formatOption('text'))
    .action(async (tunnel: string, options: CutOptions) =>
      (await import('../run/tunnel-cut.ts')).run(io, tunnel, options),
    )
