/** Owns the words of `towline client cut`. */
import { type Build, command, formatOption, serverOptions } from '../command.ts'
import type { CutOptions } from '../run/tunnel-cut.ts'

export const clientCut: Build = (io) =>
  serverOptions(command('cut', 'Disconnect a client and end its tunnels; it is told why'))
    .argument('<client>', 'id')
    .option('--reason <text>', 'what the client is told', 'no reason given')
    .addOption(formatOption('text'))
    .action(async (client: string, options: CutOptions) =>
      (await import('../run/client-cut.ts')).run(io, client, options),
    )
