/** Owns the options of every command that speaks to a WebTTY server. */
import type { Command } from 'commander'
import { type ServerOptions, serverOptions } from './command.ts'

/** Which machine, and as whom. */
export interface WebttyOptions extends ServerOptions {
  readonly url: string
  readonly clientIdentity?: string
}

/** `--url` and what goes with it. */
export const webttyOptions = (made: Command): Command =>
  serverOptions(
    made
      .requiredOption('--url <url>', 'tow://name, or the https:// address of its browser endpoint, or unix:/path')
      .option(
        '--client-identity <name>',
        'identity to prove to an end-to-end encrypted server, instead of the pinned one',
      ),
  )
