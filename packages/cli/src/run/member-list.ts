/** Owns the work of `towline member list`. */
import { listMembers } from '@towline/operations'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Format, printList } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import { MEMBER_COLUMNS } from './control-columns.ts'

export interface MemberListOptions extends ServerOptions {
  readonly workspace?: string
  readonly output: Format
}

export const run = async (io: Io, options: MemberListOptions): Promise<void> => {
  const { workspace, output } = options
  const members = await listMembers(await connectionOf(io, options), { workspace, signal: io.signal })
  printList({ io, format: output, columns: MEMBER_COLUMNS }, members)
}
