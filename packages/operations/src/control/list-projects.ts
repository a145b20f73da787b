/** Owns listing the projects one can see. */
import type { ProjectView } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { chooseWorkspace } from './choose.ts'
import { allOf, withControl } from './control-client.ts'
import type { WorkspaceOptions } from './list-members.ts'

/** Oldest first; of all workspaces when none is named. */
export const listProjects = (connection: Connection, options: WorkspaceOptions = {}): Promise<readonly ProjectView[]> =>
  withControl(connection, options, async (ask) => {
    const { workspace } = options
    const workspaceId = workspace === undefined ? undefined : (await chooseWorkspace(ask, workspace)).id
    return allOf(ask, 'projects', { path: '/api/projects', query: { workspaceId } })
  })
