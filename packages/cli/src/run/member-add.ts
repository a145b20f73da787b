/** Owns the work of `towline member add`. */
import { addMember } from '@towline/operations'
import { type AddedMember, AppError, ROLES } from '@towline/protocol'
import type { Io } from '../io.ts'
import { type Column, printOne } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import type { MemberListOptions } from './member-list.ts'

export interface MemberAddOptions extends MemberListOptions {
  readonly role: string
  readonly name?: string
}

const COLUMNS: readonly Column<AddedMember>[] = [
  { title: 'EMAIL', of: ({ member }) => member.email },
  { title: 'ROLE', of: ({ member }) => member.role },
  { title: 'ID', of: ({ member }) => member.userId },
  {
    title: 'INVITE LINK',
    of: ({ inviteUrl, invited }) => inviteUrl ?? (invited ? 'none: this server makes no links' : ''),
  },
]

export const run = async (io: Io, email: string, options: MemberAddOptions): Promise<void> => {
  const { role, name, workspace, output } = options
  if (!ROLES.some((known) => known === role)) {
    throw new AppError('OPTION_INVALID', { option: '--role', value: role, problem: `it is one of ${ROLES.join(', ')}` })
  }
  const added = await addMember(
    await connectionOf(io, options),
    { email, role, name },
    { workspace, signal: io.signal },
  )
  printOne({ io, format: output, columns: COLUMNS }, added)
}
