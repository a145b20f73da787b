/** Owns the words of `towline agent-check`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { AgentCheckOptions } from '../run/agent-check.ts'

export const agentCheck: Build = (io) =>
  examples(
    command('agent-check', 'Grade what a site offers to agents: pages, documents, skills, login')
      .argument('<url>', 'any site, such as example.com or http://127.0.0.1:8080')
      .option('--ca-file <file>', 'PEM file of the CA that signed its certificate [TOWLINE_CA_FILE]')
      .addOption(formatOption())
      .action(async (url: string, options: AgentCheckOptions) =>
        (await import('../run/agent-check.ts')).run(io, url, options),
      ),
    'towline agent-check http://127.0.0.1:8080',
    'towline agent-check example.com -o json',
  )
