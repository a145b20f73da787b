/** Owns the words of `towline agent setup`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import { type AgentSetupOptions, setupOptions } from '../agent-options.ts'

export const agentSetup: Build = (io) =>
  examples(
    setupOptions(command('setup', 'Give the tools to every agent of this machine that we know')).addOption(
      formatOption(),
    ),
    'towline agent setup --print',
    'towline agent setup --verify',
  ).action(async (options: AgentSetupOptions) => (await import('../run/agent-setup.ts')).runAll(io, options))
