/** Owns the words of `towline member list`. */
import { type Build, command, formatOption, serverOptions } from '../command.ts'
import type { MemberListOptions } from '../run/member-list.ts'

export const memberList: Build = (io) =>
  serverOptions(command('list', 'List the people of a workspace').alias('ls'))
    .option('--workspace <workspace>', 'id or slug; the only one when absent')
    .addOption(formatOption())
    .action(async (options: MemberListOptions) => (await import('../run/member-list.ts')).run(io, options))
