/** Owns the options of all commands that speak to an MCP server of another machine. */
import type { Command } from 'commander'
import { type ServerOptions, serverOptions } from './command.ts'

export interface McpOptions extends ServerOptions {
  readonly path?: string
  readonly tokenFile?: string
}

/** The address comes first. */
export const mcpOptions = (made: Command): Command =>
  serverOptions(made)
    .option('--path <path>', 'where the server is mounted, when the address does not say it; /mcp otherwise')
    .option('--token-file <file>', 'file of a token for that very server; a published tunnel of your own needs none')
