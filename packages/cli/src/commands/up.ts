/** Owns the words of `towline up`. */
import { type Build, command, examples, progressOption } from '../command.ts'
import type { UpOptions } from '../run/up.ts'

export const up: Build = (io) =>
  examples(
    command('up', 'Start a server here: relay, API and store in one process')
      .option('--data <dir>', 'folder of the store and the keys (default: data/ under TOWLINE_HOME)')
      .option('--listen <ip:port>', 'where to listen', '127.0.0.1:8080')
      .option('--domain <domain>', 'tunnels are published under <name>.<project>.<domain>', 'localhost')
      .option('--public-url <url>', 'how visitors reach the server, when a proxy is in front')
      .option('--project <slug>', 'project to make ready', 'dev')
      .option('--tls-cert <file>', 'PEM certificate chain; reloaded when it changes')
      .option('--tls-key <file>', 'PEM key of --tls-cert')
      .option('--config <file>', 'JSON file of further settings: sign-in providers, trusted CI jobs and more')
      .addOption(progressOption())
      .action(async (options: UpOptions) => (await import('../run/up.ts')).run(io, options)),
    'towline up',
    'towline up --listen 0.0.0.0:443 --domain tunnels.example.com --tls-cert cert.pem --tls-key key.pem',
  )
