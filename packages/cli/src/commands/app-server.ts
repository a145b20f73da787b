/** Owns the words of `towline app-server`. */
import { Option } from 'commander'
import { type Build, collect, command, examples, progressOption, serverOptions } from '../command.ts'
import type { AppServerOptions } from '../run/app-server.ts'

export const appServer: Build = (io) => {
  const made = command('app-server', 'Serve an agent on this machine to Codex and to "towline tui" elsewhere')
    .option('--tunnel <name>', 'serve it under this name: tow://name, and wss://name.<domain> for holders of a token')
    .option('--private', 'with --tunnel: reachable only as tow://name')
    .option('--upstream <server>', 'serve another app-server: "codex", a program, ws://IP:PORT or unix:///path')
    .option('-w, --cwd <folder>', 'the folder that a started app-server works in; the current one otherwise')
    .option('--label <key=value>', 'label shown in inventories and events; repeat for more', collect)
    .option('--trusted-ips <cidr,...>', 'networks that may visit')
    .option('--allow-origin <origin,...>', 'origins whose pages may visit; others are refused')
    .addOption(
      new Option('--transport <kind>', 'how to reach the server').choices(['auto', 'tls', 'websocket']).default('auto'),
    )
    .addOption(progressOption())
  return examples(
    serverOptions(made),
    'towline app-server --tunnel devbox --upstream codex',
    'towline app-server --tunnel devbox --private --upstream unix:///run/codex.sock',
  ).action(async (options: AppServerOptions) => (await import('../run/app-server.ts')).run(io, options))
}
