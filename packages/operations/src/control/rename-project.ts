/** Owns giving a project another name or endpoint. */
import type { ProjectView } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { type Signal, withControl } from './control-client.ts'

export interface ProjectChange {
  readonly name?: string | undefined
  readonly endpoint?: string | undefined
}

/** By id or endpoint. Rejects with NOT_FOUND or SLUG_TAKEN. */
export const renameProject = (
  connection: Connection,
  project: string,
  { signal, ...body }: ProjectChange & Signal,
): Promise<ProjectView> =>
  withControl(connection, { signal }, (ask) =>
    ask({ method: 'PATCH', path: `/api/projects/${encodeURIComponent(project)}`, body }),
  )
