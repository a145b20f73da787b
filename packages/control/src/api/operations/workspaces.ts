/** Owns the operations on workspaces. */
import { z } from '../zod.ts'
import { findProjectById } from '../../project/project-store.ts'
import { findWorkspace, listWorkspaces } from '../../workspace/workspace-store.ts'
import { mayAt } from '../may.ts'
import { defineOperation } from '../operation.ts'
import { asPage, pageOf, paging, workspaceId } from '../schemas/fields.ts'
import { workspace } from '../schemas/people.ts'

const READ = [{ resource: 'control.workspaces', action: 'read' }] as const

export const workspacesList = defineOperation({
  id: 'workspaces.list',
  method: 'get',
  path: '/workspaces',
  tag: 'Workspaces',
  summary: 'List workspaces',
  description: 'The workspaces that the caller belongs to; of a project credential, the one of its project.',
  rules: [...READ],
  at: 'caller',
  query: z.strictObject(paging),
  output: pageOf('workspaces', workspace),
  risk: 'read',
  mcp: { name: 'towline_workspace_list' },
  run: async ({ caller, db }, { limit, cursor }) => {
    if (caller.projectId === undefined && caller.userId !== undefined) {
      const { items, next } = await listWorkspaces(db, caller.userId, { limit, cursor })
      const seen = items.filter(({ id, role }) => mayAt(READ, caller, { role, target: { workspaceId: id } }))
      return asPage('workspaces', { items: seen, ...(next !== undefined && { next }) })
    }
    const project = caller.projectId === undefined ? undefined : await findProjectById(db, caller.projectId)
    const own = project && (await findWorkspace(db, project.workspaceId))
    return { workspaces: own ? [own] : [] }
  },
})

export const workspacesRead = defineOperation({
  id: 'workspaces.read',
  method: 'get',
  path: '/workspaces/{workspaceId}',
  tag: 'Workspaces',
  summary: 'Read a workspace',
  description: 'One workspace that the caller belongs to. Needs a login.',
  rules: [...READ],
  at: 'workspace',
  params: z.strictObject({ workspaceId }),
  output: workspace,
  risk: 'read',
  mcp: { name: 'towline_workspace_get' },
  run: ({ place }) => ({ ...place.workspace, ...(place.role && { role: place.role }) }),
})
