/** Owns making a project: the options are read and used in one go. */
import { randomUUID } from 'node:crypto'
import type { CreatedProject } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { chooseWorkspace } from './choose.ts'
import { withControl } from './control-client.ts'
import type { WorkspaceOptions } from './list-members.ts'

export interface CreateProjectOptions extends WorkspaceOptions {
  /** Made from the name when absent. */
  readonly endpoint?: string | undefined
  /** `free` when absent. */
  readonly plan?: string | undefined
}

/** Answers the project, or the checkout where a person pays for it. Rejects with PLAN_UNAVAILABLE or SLUG_TAKEN. */
export const createProject = (
  connection: Connection,
  name: string,
  { workspace, endpoint, plan = 'free', signal }: CreateProjectOptions = {},
): Promise<CreatedProject> =>
  withControl(connection, { signal }, async (ask) => {
    const { id: workspaceId } = await chooseWorkspace(ask, workspace)
    const path = `/api/workspaces/${workspaceId}/creation-options`
    const { creationFingerprint } = await ask<{ creationFingerprint: string }>({ method: 'GET', path })
    return ask({
      method: 'POST',
      path: '/api/projects',
      headers: { 'idempotency-key': randomUUID() },
      body: { workspaceId, name, plan, endpoint, creationFingerprint },
    })
  })
