/** Owns the work of `towline member remove`. */
import { removeMember } from '@towline/operations'
import type { Io } from '../io.ts'
import { printOne } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import { MEMBER_COLUMNS } from './control-columns.ts'
import type { MemberListOptions } from './member-list.ts'

export type MemberRemoveOptions = MemberListOptions

export const run = async (io: Io, person: string, options: MemberRemoveOptions): Promise<void> => {
  const { workspace, output } = options
  const gone = await removeMember(await connectionOf(io, options), person, { workspace, signal: io.signal })
  printOne({ io, format: output, columns: MEMBER_COLUMNS }, gone)
}
