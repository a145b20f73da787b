/** Owns the options of commands that drive an app-server. */
import { type Command, Option } from 'commander'

export const SANDBOXES = ['read-only', 'workspace-write', 'danger-full-access'] as const

/** Which app-server, with which rights, and where it works. */
export const remoteOptions = (made: Command): Command =>
  made
    .option(
      '--remote <address>',
      'app-server: ws://host:port, wss://host:port, unix://PATH or tow://name; one of this machine otherwise',
    )
    .option('--remote-auth-token-env <name>', 'variable that holds the token of the app-server')
    .option('-C, --cd <folder>', 'folder that the agent works in; of a remote server as it is there')
    .option('-m, --model <model>', 'model instead of the one the server would take')
    .addOption(new Option('-s, --sandbox <mode>', 'what commands may touch').choices(SANDBOXES))
