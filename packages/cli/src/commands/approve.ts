/** Owns the words of `towline approve`. */
import { type Build, command, examples } from '../command.ts'
import type { ApproveOptions } from '../run/approve.ts'

export const approve: Build = (io) =>
  examples(
    command('approve', 'Read what an agent of this machine asks for, and allow or refuse it; at a terminal only')
      .argument('[id]', 'what is asked; all that waits, one by one, otherwise')
      .option('--refuse', 'refuse it without being asked')
      .action(async (id: string | undefined, options: ApproveOptions) =>
        (await import('../run/approve.ts')).run(io, id, options),
      ),
    'towline approve',
    'towline approve apl_7f3k --refuse',
  )
