/** Owns the words of `towline dial`. */
import { type Build, command, examples, serverOptions } from '../command.ts'
import type { DialOptions } from '../run/dial.ts'

export const dial: Build = (io) => {
  const made = command('dial', 'Connect to a private tunnel: stdin and stdout, or a local port')
    .alias('nc')
    .argument('<address>', 'tow://name')
    .option('--listen <ip:port>', 'open a local port instead; each connection dials once')
  return examples(
    serverOptions(made),
    'towline dial tow://db --listen 127.0.0.1:5432',
    'ssh -o ProxyCommand="towline dial tow://%h" devbox',
  ).action(async (address: string, options: DialOptions) => (await import('../run/dial.ts')).run(io, address, options))
}
