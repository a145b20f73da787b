/** Owns the words of `towline webtty server`. */
import { Option } from 'commander'
import { type Build, command, examples, collect, progressOption, serverOptions } from '../command.ts'
import type { WebttyServerOptions } from '../run/webtty-server.ts'

export const webttyServer: Build = (io) =>
  examples(
    serverOptions(
      command('server', 'Serve terminals, commands and files of this machine over one outbound connection')
        .option('--name <name>', 'stable name; the server makes one up otherwise')
        .option('--label <key=value>', 'label by which people and agents find it; repeat for more', collect)
        .option('--no-publish', 'no browser endpoint: reachable only as tow://name')
        .option('--trusted-ips <cidr,...>', 'networks that may reach the browser endpoint')
        .option('--listen <address>', 'serve here instead, without a relay: 127.0.0.1:port or unix:/path')
        .option('--token-file <file>', 'token that --listen on a port asks for; one is made and printed otherwise')
        .option('--fs-root <folder>', 'serve the files of this folder too; this is no sandbox')
        .option('--fs-read-only', 'refuse every change of files')
        .option('--identity <name>', 'end-to-end encryption with this identity; only authorized clients get in')
        .option('--no-expose', 'expose no service of this machine, whoever asks')
        .option('--expose-hosts <host,...>', 'hosts besides this machine whose services may be exposed')
        .option('--cwd <folder>', 'where commands and terminals start; your home folder otherwise')
        .addOption(
          new Option('--transport <kind>', 'how to reach the server')
            .choices(['auto', 'tls', 'websocket'])
            .default('auto'),
        )
        .option('--install-service', 'write and enable a systemd user unit that runs this command, and end')
        .addOption(progressOption()),
    ),
    'towline webtty server --name edge-lab --label role=codex --fs-root /srv/app',
    'towline webtty server --name vault --no-publish --identity vault',
  ).action(async (options: WebttyServerOptions) => (await import('../run/webtty-server.ts')).run(io, options))
