/** Owns the words of `towline webtty list`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { ListOptions } from '../run/list-options.ts'

export const webttyList: Build = (io) =>
  examples(
    serverOptions(command('list', 'List the machines that serve terminals, commands and files').alias('ls'))
      .option('--filter <filter>', 'key=value,labels.key=value; or the JSON form')
      .addOption(formatOption())
      .action(async (options: ListOptions) => (await import('../run/webtty-list.ts')).run(io, options)),
    "towline webtty list --filter 'labels.role=codex' -o json",
  )
