/** Owns the tool that lists projects. */
import { listProjects } from '@towline/operations'
import { z } from 'zod'
import { SELECTOR } from '../../server/schemas.ts'
import { defineTool } from '../../tool.ts'
import { projectView, toldProject } from '../runtime/views.ts'
import { LISTED, listed, LISTING } from './listing.ts'

export const projectList = defineTool({
  name: 'towline_project_list',
  description: 'Lists the projects that can be used. To choose one call towline_runtime_prepare; never choose by name.',
  input: z.strictObject({
    context: SELECTOR.context,
    workspace: z.string().min(1).max(64).optional().describe('Id or slug; all workspaces when absent.'),
    ...LISTING,
  }),
  output: z.strictObject({ projects: z.array(projectView).describe('Oldest first.'), ...LISTED }),
  hints: { title: 'List projects', readOnly: true, idempotent: true, openWorld: true },
  risk: 'read',
  profile: 'read-only',
  run: async ({ context, workspace, limit }, call) => {
    const all = await listProjects(await call.connection({ context }), { workspace, signal: call.signal })
    const { items, counts } = listed(all, limit)
    return { projects: items.map(toldProject), ...counts }
  },
})
