/** Owns listing the people of a workspace. */
import type { MemberView } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { chooseWorkspace } from './choose.ts'
import { allOf, type Signal, withControl } from './control-client.ts'

export interface WorkspaceOptions extends Signal {
  /** Id or slug; the only one there is when absent. */
  readonly workspace?: string | undefined
}

/** In the order they joined. */
export const listMembers = (connection: Connection, options: WorkspaceOptions = {}): Promise<readonly MemberView[]> =>
  withControl(connection, options, async (ask) => {
    const { id } = await chooseWorkspace(ask, options.workspace)
    return allOf(ask, 'members', { path: `/api/workspaces/${id}/members` })
  })
