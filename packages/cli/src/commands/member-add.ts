/** Owns the words of `towline member add`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { MemberAddOptions } from '../run/member-add.ts'

export const memberAdd: Build = (io) =>
  examples(
    serverOptions(command('add', 'Let a person into a workspace; one who cannot sign in yet gets a one-time link'))
      .argument('<email>', 'address of the person')
      .option('--workspace <workspace>', 'id or slug; the only one when absent')
      .option('--role <role>', 'owner, admin, member or viewer', 'member')
      .option('--name <name>', 'what the person is called, when there is no account yet')
      .addOption(formatOption())
      .action(async (email: string, options: MemberAddOptions) =>
        (await import('../run/member-add.ts')).run(io, email, options),
      ),
    'towline member add grace@example.com --role member',
  )
