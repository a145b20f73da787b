/** Owns the words of `towline app-server`. */
import { Option } from 'commander'
import { type Build, collect, command, examples, progressOption, serverOptions } from '../command.ts'
import type { AppServerOptions } from '../run/app-server.ts'
import { appServerProxy } from './app-server-proxy.ts'

export const appServer: Build = (io) => {
  const made = command('app-server', 'Serve an agent on this machine to Codex and to "towline tui", here and elsewhere')
    .option('--listen <url>', 'stdio://, ws://IP:PORT, unix://, unix:///path or off; stdio:// otherwise')
    .option('--stdio', 'the same as --listen stdio://')
    .option('--home <folder>', 'home of settings and threads, also a CODEX_HOME [TOWLINE_HOME/app-server]')
    .option('--upstream <server>', 'serve another app-server: "codex", a program, ws://IP:PORT or unix:///path')
    .option('-w, --cwd <folder>', 'the folder that clients work in when they name none; the current one otherwise')
    .option('--tunnel <name>', 'serve it under this name: tow://name, and wss://name.<domain> for holders of a token')
    .option('--private', 'with --tunnel: reachable only as tow://name')
    .option('--label <key=value>', 'label shown in inventories and events; repeat for more', collect)
    .option('--trusted-ips <cidr,...>', 'networks that may visit')
    .option('--allow-origin <origin,...>', 'origins whose pages may visit; others are refused')
    .addOption(
      new Option('--transport <kind>', 'how to reach the server').choices(['auto', 'tls', 'websocket']).default('auto'),
    )
    .option('--idle-exit <duration>', 'with --listen: end when nobody is connected and nothing runs for so long')
    .addOption(progressOption())
  return examples(
    serverOptions(wsAuthOptions(made)).addCommand(appServerProxy(io)),
    'towline app-server --listen ws://127.0.0.1:4500',
    'towline app-server --listen unix://',
    'towline app-server --tunnel devbox',
    'towline app-server --tunnel devbox --upstream codex',
  ).action(async (options: AppServerOptions) => (await import('../run/app-server.ts')).run(io, options))
}

/** As stock Codex names them. */
const wsAuthOptions = (made: ReturnType<Build>): ReturnType<Build> =>
  made
    .addOption(
      new Option('--ws-auth <mode>', 'what clients of a port prove').choices([
        'capability-token',
        'signed-bearer-token',
      ]),
    )
    .option('--ws-token-file <file>', 'capability token: the file that holds it')
    .option('--ws-token-sha256 <hex>', 'capability token: its SHA-256')
    .option('--ws-shared-secret-file <file>', 'signed tokens (HS256): the file that holds the secret')
    .option('--ws-issuer <issuer>', 'signed tokens: whose tokens are taken')
    .option('--ws-audience <audience>', 'signed tokens: for whom they must be')
    .option('--ws-max-clock-skew-seconds <seconds>', 'signed tokens: how far clocks may differ; 30 otherwise')
