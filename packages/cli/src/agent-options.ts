/** Owns the options of the commands that set up agents. */
import type { Command } from 'commander'
import type { Format } from './output/printers.ts'

export interface AgentSetupOptions {
  readonly profile: string
  readonly context?: string
  readonly verify?: boolean
  readonly force?: boolean
  readonly remove?: boolean
  readonly print?: boolean
  readonly output: Format
}

export const setupOptions = (made: Command): Command =>
  made
    .option('--verify', 'start what is registered as the agent would, and call a tool')
    .option('--print', 'print what belongs into its settings, and change nothing')
    .option('--remove', 'take the tools out again')
    .option('--force', 'also in place of another server called towline')
    .option('--profile <profile>', 'read-only, operate, admin, or names of tools with commas between', 'admin')
    .option('--context <name>', 'the context that the agent uses, instead of the current one')
