/** Owns the words of `towline member remove`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { MemberRemoveOptions } from '../run/member-remove.ts'

export const memberRemove: Build = (io) =>
  examples(
    serverOptions(command('remove', 'Take a person out of a workspace, and end what they have open'))
      .argument('<person>', 'address or id')
      .option('--workspace <workspace>', 'id or slug; the only one when absent')
      .addOption(formatOption())
      .action(async (person: string, options: MemberRemoveOptions) =>
        (await import('../run/member-remove.ts')).run(io, person, options),
      ),
    'towline member remove grace@example.com',
  )
