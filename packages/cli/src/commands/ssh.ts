/** Owns the words of `towline ssh`. */
import { Option } from 'commander'
import { type Build, command, examples, formatOption } from '../command.ts'
import { SANDBOXES } from '../remote-options.ts'
import type { SshCommandOptions } from '../run/ssh.ts'

export const ssh: Build = (io) =>
  examples(
    command('ssh', 'Work with a coding agent on a machine that you reach by SSH')
      .argument('[host]', 'of your SSH configuration, or user@host, or ssh://user@host:port')
      .argument('[prompt]', 'what to say first')
      .option('--list', 'list the hosts of your SSH configuration')
      .option('--last', 'go on with the thread that was used last there')
      .option('-C, --cd <folder>', 'folder there that the agent works in')
      .option('-m, --model <model>', 'model instead of the one the server would take')
      .addOption(new Option('-s, --sandbox <mode>', 'what commands may touch').choices(SANDBOXES))
      .option('--program <path>', 'where towline is there, when no login shell finds it')
      .option('-F, --config <file>', 'SSH configuration to use instead of ~/.ssh/config')
      .option(
        '--keep-alive <seconds>',
        'how long the machine may be silent until it is asked whether it is there; 0: never',
      )
      .option('--stdio', 'speak the protocol of its app-server on standard input and output, a message a line')
      .option(
        '--forward <address>',
        'let clients of this machine use its app-server: ws://127.0.0.1:PORT or unix:///PATH',
      )
      .option('--token-file <file>', 'with --forward: what clients must send as a bearer token')
      .addOption(formatOption()),
    'towline ssh devbox',
    'towline ssh devbox --last',
    'towline ssh devbox --forward ws://127.0.0.1:4500',
    'towline ssh --list',
  ).action(async (host: string | undefined, prompt: string | undefined, options: SshCommandOptions) =>
    (await import('../run/ssh.ts')).run(io, { host, prompt }, options),
  )
