/** Owns the words of `towline audit`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { AuditOptions } from '../run/audit.ts'

export const audit: Build = (io) =>
  examples(
    serverOptions(command('audit', 'Read who did what, newest first'))
      .option('--workspace <workspace>', 'id or slug; the only one when absent')
      .option('--since <duration>', 'how far back, such as 15m, 12h or 7d')
      .option('--limit <count>', 'at most so many records', '50')
      .addOption(formatOption())
      .action(async (options: AuditOptions) => (await import('../run/audit.ts')).run(io, options)),
    'towline audit --since 1h -o json',
  )
