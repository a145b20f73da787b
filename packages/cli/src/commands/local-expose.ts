/** Owns the words of `towline local expose`. */
import { LOCAL_PROTOCOLS } from '@towline/operations'
import { Option } from 'commander'
import { type Build, collect, command, examples, formatOption, serverOptions } from '../command.ts'
import type { LocalExposeOptions } from '../run/local-expose.ts'

export const localExpose: Build = (io) =>
  examples(
    serverOptions(command('expose', 'Publish a port in the background; it goes on when this command has ended'))
      .argument('<port>', 'where the service listens')
      .option('--host <host>', 'of the service; this machine otherwise')
      .addOption(
        new Option('--protocol <protocol>', 'what the service speaks').choices(LOCAL_PROTOCOLS).default('http'),
      )
      .option('--name <name>', 'stable name of the tunnel; the server makes one up otherwise')
      .option('--no-publish', 'private: reachable only as tow://name')
      .option('--label <key=value>', 'label shown in inventories and events; repeat for more', collect)
      .option('--token-auth', 'visitors need a token of the project')
      .option('--trusted-ips <cidr,...>', 'networks that may visit')
      .option('--ttl <duration>', 'it ends by itself after this long, such as 2h')
      .option('--id <id>', 'id of your choice: the same request is served once, however often you ask')
      .addOption(formatOption()),
    'towline local expose 3000 --name web --ttl 2h',
    'towline local expose 5432 --no-publish --name db -o json',
  ).action(async (port: string, options: LocalExposeOptions) =>
    (await import('../run/local-expose.ts')).run(io, port, options),
  )
