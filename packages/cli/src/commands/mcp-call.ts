/** Owns the words of `towline mcp call`. */
import { type Build, command, examples, progressOption } from '../command.ts'
import { mcpOptions } from '../mcp-options.ts'
import type { McpCallOptions } from '../run/mcp-call.ts'

export const mcpCall: Build = (io) =>
  examples(
    mcpOptions(
      command('call', 'Call a tool of an MCP server on another machine')
        .argument('<url>', 'tow://name/path, or https://… of a published one')
        .argument('<tool>', 'name of the tool')
        .option('--args <json>', 'arguments of the tool, as a JSON object', '{}')
        .option('--digest <digest>', 'of the definition that "mcp tools -o json" told; another is not called')
        .option('--timeout <duration>', 'how long to wait for the answer; 60s otherwise')
        .option('--max-output <bytes>', 'kept of the answer; 32K otherwise'),
    ).addOption(progressOption()),
    `towline mcp call tow://robot/mcp device_status --args '{"part": "arm"}'`,
    'towline mcp call tow://robot reset -o json',
  ).action(async (url: string, tool: string, options: McpCallOptions) =>
    (await import('../run/mcp-call.ts')).run(io, { url, tool }, options),
  )
