/** Owns the words of `towline claude setup`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import { type AgentSetupOptions, setupOptions } from '../agent-options.ts'

export const claudeSetup: Build = (io) =>
  examples(
    setupOptions(command('setup', 'Give Claude Code the tools of this command line')).addOption(formatOption()),
    'towline claude setup --verify',
    'towline claude setup --remove',
  ).action(async (options: AgentSetupOptions) => (await import('../run/agent-setup.ts')).runOne(io, 'claude', options))
