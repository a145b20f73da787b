/** Owns the tool that makes a project. */
import { createProject } from '@towline/operations'
import { z } from 'zod'
import { SELECTOR } from '../../server/schemas.ts'
import { defineTool } from '../../tool.ts'
import { projectView, toldProject } from '../runtime/views.ts'

export const projectCreate = defineTool({
  name: 'towline_project_create',
  description:
    'Makes a project; only when the person asked for one. The server decides whether its plan is charged: then nothing is made, ' +
    'and the answer holds the page where a person pays.',
  input: z.strictObject({
    context: SELECTOR.context,
    name: z.string().min(1).max(128).describe('For people.'),
    workspace: z.string().min(1).max(64).optional().describe('Id or slug; the only one there is when absent.'),
    endpoint: z.string().min(1).max(63).optional().describe('Part of its addresses; made from the name when absent.'),
    plan: z.string().min(1).max(64).default('free').describe('As towline_project_plan_get lists them.'),
  }),
  output: z.strictObject({
    action: z.enum(['created', 'checkout']).describe('Whether it is there, or has to be paid for first.'),
    project: projectView.optional().describe('The project that was made.'),
    checkoutUrl: z.string().optional().describe('The page where a person pays or calls it off.'),
    expiresAt: z.int().optional().describe('Of the checkout, seconds since the epoch.'),
    next: z.string().describe('What to do now.'),
  }),
  hints: { title: 'Create a project', openWorld: true },
  // It may cost money, and it is there for all members.
  risk: 'settings',
  profile: 'admin',
  target: ({ name }) => ({ name }),
  run: async ({ context, name, workspace, endpoint, plan }, call) => {
    const connection = await call.connection({ context })
    const { action, project, checkout } = await createProject(connection, name, {
      ...{ workspace, endpoint, plan },
      signal: call.signal,
    })
    return {
      action,
      ...(project && { project: toldProject(project) }),
      ...(checkout && { checkoutUrl: checkout.url, expiresAt: checkout.expiresAt }),
      next:
        action === 'created'
          ? `Pass project "${project?.endpoint ?? ''}" to tools that take one.`
          : 'Show checkoutUrl to the person; the project is made when they have paid.',
    }
  },
})
