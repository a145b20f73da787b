/** Owns the words of `towline mcp serve`. */
import { type Build, command, examples } from '../command.ts'
import type { McpServeOptions } from '../run/mcp-serve.ts'

export const mcpServe: Build = (io) =>
  examples(
    command('serve', 'Serve tools for agents on standard input and output (MCP)').option(
      '--profile <profile>',
      'read-only, operate, admin, or names of tools with commas between',
      'admin',
    ),
    'towline mcp serve',
    'towline mcp serve --profile read-only',
  ).action(async (options: McpServeOptions) => (await import('../run/mcp-serve.ts')).run(io, options))
