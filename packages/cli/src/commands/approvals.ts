/** Owns the words of `towline approvals`. */
import { type Build, command, examples, formatOption } from '../command.ts'
import type { ApprovalsOptions } from '../run/approvals.ts'

export const approvals: Build = (io) =>
  examples(
    command('approvals', 'List what agents of this machine wait to be allowed')
      .addOption(formatOption())
      .action(async (options: ApprovalsOptions) => (await import('../run/approvals.ts')).run(io, options)),
    'towline approvals',
  )
