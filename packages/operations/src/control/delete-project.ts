/** Owns ending a project. */
import type { ProjectView } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { type Signal, withControl } from './control-client.ts'

/** By id or endpoint; answers it as it was. Rejects with NOT_FOUND. */
export const deleteProject = (connection: Connection, project: string, options: Signal = {}): Promise<ProjectView> =>
  withControl(connection, options, (ask) =>
    ask({ method: 'DELETE', path: `/api/projects/${encodeURIComponent(project)}` }),
  )
