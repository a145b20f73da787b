/** Owns letting a person into a workspace. */
import type { AddedMember } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { chooseWorkspace } from './choose.ts'
import { withControl } from './control-client.ts'
import type { WorkspaceOptions } from './list-members.ts'

export interface NewMember {
  readonly email: string
  readonly role: string
  readonly name?: string | undefined
}

/** Rejects with ALREADY_MEMBER, or ROLE_NEEDED for an owner whom no owner adds. */
export const addMember = (
  connection: Connection,
  body: NewMember,
  options: WorkspaceOptions = {},
): Promise<AddedMember> =>
  withControl(connection, options, async (ask) => {
    const { id } = await chooseWorkspace(ask, options.workspace)
    return ask({ method: 'POST', path: `/api/workspaces/${id}/members`, body })
  })
