/** Owns the tool that ends a project. */
import { deleteProject } from '@towline/operations'
import { AppError } from '@towline/protocol'
import { z } from 'zod'
import { SELECTOR } from '../../server/schemas.ts'
import { defineTool } from '../../tool.ts'
import { projectView, toldProject } from '../runtime/views.ts'
import { exactProject } from './project-of.ts'

export const projectDelete = defineTool({
  name: 'towline_project_delete',
  description:
    'Ends a project for good: its tunnels stop and its credentials are revoked at once. Only when the person asked for exactly ' +
    'this project. Refuses unless confirmEndpoint is its endpoint.',
  input: z.strictObject({
    context: SELECTOR.context,
    project: z.string().min(1).max(128).describe('Endpoint, id, or a name that only one has.'),
    confirmEndpoint: z.string().min(1).max(63).describe('Endpoint of the project, once more.'),
  }),
  output: z.strictObject({
    deleted: z.literal(true).describe('It is gone.'),
    project: projectView.describe('As it was.'),
  }),
  hints: { title: 'Delete a project', destructive: true, idempotent: true, openWorld: true },
  risk: 'delete',
  profile: 'admin',
  target: ({ project }) => ({ name: project }),
  run: async ({ context, project: named, confirmEndpoint }, call) => {
    const { connection, project } = await exactProject(call, { context, project: named })
    if (project.endpoint !== confirmEndpoint)
      throw new AppError('OPTION_INVALID', {
        option: 'confirmEndpoint',
        value: confirmEndpoint,
        problem: `the endpoint of that project is "${project.endpoint}"`,
      })
    const gone = await deleteProject(connection, project.id, { signal: call.signal })
    return { deleted: true as const, project: toldProject(gone) }
  },
})
