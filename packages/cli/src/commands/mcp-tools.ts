/** Owns the words of `towline mcp tools`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import { mcpOptions } from '../mcp-options.ts'
import type { McpToolsOptions } from '../run/mcp-tools.ts'

export const mcpTools: Build = (io) =>
  examples(
    mcpOptions(
      command('tools', 'List the tools of an MCP server on another machine').argument(
        '<url>',
        'tow://name/path, or https://… of a published one',
      ),
    ).addOption(formatOption()),
    'towline mcp tools tow://robot/mcp',
    'towline mcp tools tow://robot -o json',
  ).action(async (url: string, options: McpToolsOptions) => (await import('../run/mcp-tools.ts')).run(io, url, options))
