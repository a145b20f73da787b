/** Owns the words of `towline token create`. */
import { type Build, collect, command, examples, formatOption, serverOptions } from '../command.ts'
import type { TokenCreateOptions } from '../run/token-create.ts'

export const tokenCreate: Build = (io) =>
  examples(
    serverOptions(command('create', 'Mint a narrower, shorter-lived token; it is shown once'))
      .requiredOption('--permission <permission>', 'what it may do, such as tunnels.connect; repeat for more', collect)
      .option('--ttl <duration>', 'how long it lives, such as 300s, 15m, 12h or 7d', '1h')
      .option(
        '--resources <file|json>',
        'what it is for: a resource boundary, such as {"tunnels":{"connect":{"name":"db"}}}',
      )
      .addOption(formatOption())
      .action(async (options: TokenCreateOptions) => (await import('../run/token-create.ts')).run(io, options)),
    'towline token create --permission tunnels.connect --ttl 15m',
    `towline token create --permission tunnels.connect --resources '{"tunnels":{"connect":{"name":"db"}}}'`,
  )
