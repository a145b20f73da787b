/** Owns the words of `towline mcp discover`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { ListOptions } from '../run/list-options.ts'

export const mcpDiscover: Build = (io) =>
  examples(
    serverOptions(command('discover', 'List the MCP servers of the project, by the labels of their tunnels'))
      .option('--filter <filter>', 'key=value,labels.key=value; or the JSON form')
      .addOption(formatOption())
      .action(async (options: ListOptions) => (await import('../run/mcp-discover.ts')).run(io, options)),
    "towline mcp discover --filter 'labels.purpose=lab' -o json",
  )
