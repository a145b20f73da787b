/** Owns the tool that tells the plan of a project, and which plans there are. */
import { readPlan } from '@towline/operations'
import { z } from 'zod'
import { SELECTOR } from '../../server/schemas.ts'
import { defineTool } from '../../tool.ts'
import { projectView, toldProject } from '../runtime/views.ts'
import { projectOf } from './project-of.ts'

export const projectPlanGet = defineTool({
  name: 'towline_project_plan_get',
  description:
    'Tells the plan of a project, and the plans that new projects of its workspace can have, with what they cost.',
  input: z.strictObject({ ...SELECTOR }),
  output: z.strictObject({
    project: projectView.describe('The project.'),
    plan: z.string().describe('Its plan.'),
    offers: z
      .array(
        z.strictObject({
          plan: z.string().describe('What towline_project_create takes.'),
          name: z.string().describe('For people.'),
          description: z.string().optional().describe('What it is for.'),
          available: z.boolean().describe('Whether it can be had now.'),
          charged: z.boolean().describe('Whether a person has to pay.'),
          billing: z.string().describe('What it costs, in words.'),
        }),
      )
      .describe('Empty for who may not make projects.'),
  }),
  hints: { title: 'Show the plan', readOnly: true, idempotent: true, openWorld: true },
  risk: 'read',
  profile: 'read-only',
  run: async (selector, call) => {
    const { connection, project: named } = await projectOf(call, selector)
    const { project, plan, offers } = await readPlan(connection, named, { signal: call.signal })
    return {
      project: toldProject(project),
      plan,
      offers: offers.map(({ plan: offered, name, description, available, billing }) => ({
        ...{ plan: offered, name, available },
        ...(description !== undefined && { description }),
        ...{ charged: billing.charged, billing: billing.summary },
      })),
    }
  },
})
