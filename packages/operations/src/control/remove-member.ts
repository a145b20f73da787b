/** Owns taking a person out of a workspace. */
import { AppError, type MemberView } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { chooseWorkspace } from './choose.ts'
import { allOf, withControl } from './control-client.ts'
import type { WorkspaceOptions } from './list-members.ts'

/** By id or email address. Rejects with NOT_FOUND or LAST_OWNER. */
export const removeMember = (
  connection: Connection,
  person: string,
  options: WorkspaceOptions = {},
): Promise<MemberView> =>
  withControl(connection, options, async (ask) => {
    const { id } = await chooseWorkspace(ask, options.workspace)
    const path = `/api/workspaces/${id}/members`
    const members = await allOf<MemberView>(ask, 'members', { path })
    const found = members.find(({ userId, email }) => userId === person || email === person.toLowerCase())
    if (!found) throw new AppError('NOT_FOUND', { what: 'member', id: person })
    return ask({ method: 'DELETE', path: `${path}/${found.userId}` })
  })
