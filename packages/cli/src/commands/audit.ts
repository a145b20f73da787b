/** Owns the words of `towline audit`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { AuditOptions } from '../run/audit.ts'

export const audit: Build = (io) =>
  examples(
    serverOptions(command('audit', 'Read who did what, newest first'))
      .option('--workspace <workspace>', 'id or slug; the only one when absent')
      .option('--agent <name>', 'of this agent, or client')
      .option('--thread <thread>', 'of this conversation of an agent: its calls and the changes they made')
      .option('--tool <tool>', 'calls of this tool by agents')
      .option('--action <action>', 'of this action, such as agent.call or projects.create')
      .option('--since <duration>', 'how far back, such as 15m, 12h or 7d')
      .option('--limit <count>', 'at most so many records', '50')
      .addOption(formatOption())
      .action(async (options: AuditOptions) => (await import('../run/audit.ts')).run(io, options)),
    'towline audit --since 1h -o json',
    'towline audit --action agent.call --agent codex-mcp-client',
  )
