/** Owns listing the workspaces one belongs to. */
import type { WorkspaceView } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { allOf, type Signal, withControl } from './control-client.ts'

export const listWorkspaces = (connection: Connection, options: Signal = {}): Promise<readonly WorkspaceView[]> =>
  withControl(connection, options, (ask) => allOf(ask, 'workspaces', { path: '/api/workspaces' }))
