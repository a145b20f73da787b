/** Owns the words of `towline client list`. */
import { type Build, command, formatOption, serverOptions } from '../command.ts'
import type { ListOptions } from '../run/list-options.ts'

export const clientList: Build = (io) =>
  serverOptions(command('list', 'List the clients linked to the server').alias('ls'))
    .option('--filter <filter>', 'key=value,labels.key=value; or the JSON form')
    .addOption(formatOption())
    .action(async (options: ListOptions) => (await import('../run/client-list.ts')).run(io, options))
