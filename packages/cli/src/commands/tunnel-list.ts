/** Owns the words of `towline tunnel list`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { ListOptions } from '../run/list-options.ts'

export const tunnelList: Build = (io) =>
  examples(
    serverOptions(command('list', 'List the tunnels of the project').alias('ls'))
      .option('--filter <filter>', 'key=value,labels.key=value; or the JSON form')
      .addOption(formatOption())
      .action(async (options: ListOptions) => (await import('../run/tunnel-list.ts')).run(io, options)),
    'towline tunnel list --filter labels.purpose=review -o json',
  )
