/** Owns the words of `towline forward`. */
import { SURFACES } from '@towline/protocol'
import { Option } from 'commander'
import { type Build, collect, command, examples, progressOption, serverOptions } from '../command.ts'
import type { ForwardCommandOptions } from '../run/forward.ts'

export const forward: Build = (io) => {
  const made = command('forward', 'Publish a service of this machine, or make it reachable privately')
    .argument('<target>', 'port, host:port, or an http:// or https:// URL')
    .option('--name <name>', 'stable name of the tunnel; the server makes one up otherwise')
    .option('--label <key=value>', 'label shown in inventories and events; repeat for more', collect)
    .option('--tcp', 'publish a raw TCP port')
    .option('--port <port>', 'public port wanted with --tcp')
    .option('--tls', 'publish by TLS server name')
    .addOption(new Option('--tls-mode <mode>', 'who holds the key').choices(['terminated', 'passthrough']))
    .option('--no-publish', 'private: reachable only as tow://name')
    .option('--token-auth', 'visitors need a token of the project')
    .option('--trusted-ips <cidr,...>', 'networks that may visit')
    .option(
      '--allow-origin <origin,...>',
      'origins whose pages may visit; others are refused, and the service sees none',
    )
    .option('--host-header <value>', 'Host that the service sees; "rewrite" sends the target\'s own')
    .addOption(new Option('--http-version <version>', 'what the service speaks').choices(['http/1.1', 'h2c']))
    .addOption(
      new Option('--surface <kind>', 'mark the service as one that controls this machine').choices([...SURFACES]),
    )
    .addOption(
      new Option('--transport <kind>', 'how to reach the server').choices(['auto', 'tls', 'websocket']).default('auto'),
    )
    .addOption(progressOption())
  return examples(
    serverOptions(made),
    'towline forward 3000 --name web',
    'towline forward 5432 --no-publish --name db',
  ).action(async (target: string, options: ForwardCommandOptions) =>
    (await import('../run/forward.ts')).run(io, target, options),
  )
}
