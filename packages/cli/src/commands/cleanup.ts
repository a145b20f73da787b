/** Owns the words of `towline cleanup`. */
import { type Build, collect, command, examples, formatOption, serverOptions } from '../command.ts'
import type { CleanupOptions } from '../run/cleanup.ts'

export const cleanup: Build = (io) =>
  examples(
    serverOptions(command('cleanup', 'Remove all that carries some labels, such as all that an agent made'))
      .option('--label <key=value>', 'a label it carries; repeat for more, all must hold', collect)
      .option('--thread <thread>', 'made in this conversation of an agent')
      .option('--purpose <purpose>', 'made by an agent for this purpose')
      .option('--dry-run', 'show what would be removed, and remove nothing')
      .addOption(formatOption())
      .action(async (options: CleanupOptions) => (await import('../run/cleanup.ts')).run(io, options)),
    'towline cleanup --thread 0199f3a2 --dry-run',
    'towline cleanup --label towline.agent/source=mcp --label env=review',
  )
