/** Owns the words of `towline codex setup`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import { type AgentSetupOptions, setupOptions } from '../agent-options.ts'

export const codexSetup: Build = (io) =>
  examples(
    setupOptions(command('setup', 'Give Codex the tools of this command line')).addOption(formatOption()),
    'towline codex setup --verify',
    'towline codex setup --remove',
  ).action(async (options: AgentSetupOptions) => (await import('../run/agent-setup.ts')).runOne(io, 'codex', options))
