/** Owns the words of `towline mcp publish`. */
import { Option } from 'commander'
import { type Build, collect, command, examples, progressOption, serverOptions } from '../command.ts'
import type { McpPublishOptions } from '../run/mcp-publish.ts'

export const mcpPublish: Build = (io) => {
  const made = command('publish', 'Serve the tools for agents elsewhere, on a tunnel that asks for a token (MCP)')
    .requiredOption('--name <name>', 'stable name of the tunnel')
    .option('--profile <profile>', 'read-only, operate, admin, or names of tools with commas between', 'read-only')
    .option('--private', 'reachable only as tow://name, not by a public address')
    .option('--label <key=value>', 'label shown in inventories and events; repeat for more', collect)
    .addOption(
      new Option('--transport <kind>', 'how to reach the server').choices(['auto', 'tls', 'websocket']).default('auto'),
    )
    .addOption(progressOption())
  return examples(
    serverOptions(made),
    'towline mcp publish --name desk',
    'towline mcp publish --name desk --private --profile operate',
  ).action(async (options: McpPublishOptions) => (await import('../run/mcp-publish.ts')).run(io, options))
}
