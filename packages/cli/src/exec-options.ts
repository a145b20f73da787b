/** Owns the options that `towline exec` and `towline exec resume` share. */
import { type Command, Option } from 'commander'
import { serverOptions } from './command.ts'
import { remoteOptions } from './remote-options.ts'

export const execOptions = (made: Command): Command =>
  serverOptions(
    remoteOptions(made)
      .option('--json', 'print what happens as JSON lines instead of the last message')
      .addOption(
        new Option('--approve <policy>', 'when the server asks; nobody is here, so it is declined then').choices([
          'never',
          'on-request',
          'untrusted',
        ]),
      )
      .option('--output-schema <file>', 'JSON Schema that the last message keeps to')
      .option('--last-message <file>', 'write the last message there too'),
  )
