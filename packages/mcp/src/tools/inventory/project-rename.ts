/** Owns the tool that gives a project another name or endpoint. */
import { renameProject } from '@towline/operations'
import { AppError } from '@towline/protocol'
import { z } from 'zod'
import { SELECTOR } from '../../server/schemas.ts'
import { defineTool } from '../../tool.ts'
import { projectView, toldProject } from '../runtime/views.ts'
import { exactProject } from './project-of.ts'

export const projectRename = defineTool({
  name: 'towline_project_rename',
  description:
    'Gives a project another name, or another endpoint. With another endpoint the addresses of all its tunnels change, and the ' +
    'old ones stop leading to it.',
  input: z.strictObject({
    context: SELECTOR.context,
    project: z.string().min(1).max(128).describe('Endpoint, id, or a name that only one has.'),
    name: z.string().min(1).max(128).optional().describe('The new name, for people.'),
    endpoint: z.string().min(1).max(63).optional().describe('The new endpoint.'),
  }),
  output: z.strictObject({ project: projectView.describe('As it is now.') }),
  hints: { title: 'Rename a project', destructive: true, idempotent: true, openWorld: true },
  risk: 'settings',
  profile: 'admin',
  target: ({ project }) => ({ name: project }),
  run: async ({ context, project: named, name, endpoint }, call) => {
    if (name === undefined && endpoint === undefined)
      throw new AppError('REQUEST_INVALID', { problem: 'give name or endpoint.' })
    const { connection, project } = await exactProject(call, { context, project: named })
    const renamed = await renameProject(connection, project.id, { name, endpoint, signal: call.signal })
    return { project: toldProject(renamed) }
  },
})
