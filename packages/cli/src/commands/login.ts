/** Owns the words of `towline login`. */
import { type Build, collect, command, examples, progressOption } from '../command.ts'
import type { LoginOptions } from '../run/login.ts'

export const login: Build = (io) =>
  examples(
    command('login', 'Log in to a server: approve in a browser what this machine may do')
      .argument('[url]', 'the server; the one of the current context when absent')
      .option('--name <name>', 'name of the context that is made or replaced; the host when absent')
      .option('--project <slug>', 'project to use it for [TOWLINE_PROJECT]')
      .option(
        '--permissions <name,...>',
        'ask for these instead of the few of "workstation"; permissions or use cases',
        collect,
      )
      .option('--token-stdin', 'take a token from standard input instead: for machines')
      .option('--ca-file <file>', 'PEM file of the CA that signed the server certificate [TOWLINE_CA_FILE]')
      .option('--ca-fingerprint <sha256>', 'trust the CA that the server presents when it is this one')
      .option('--no-browser', 'open no browser')
      .addOption(progressOption())
      .action(async (url: string | undefined, options: LoginOptions) =>
        (await import('../run/login.ts')).run(io, url, options),
      ),
    'towline login http://localhost:8080',
    'towline login https://relay.example.com --permissions workstation,operate',
    'towline login https://relay.example.com --token-stdin < /run/secrets/towline',
  )
