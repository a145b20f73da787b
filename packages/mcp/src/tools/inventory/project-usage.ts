/** Owns the tool that tells what a project used. */
import { readUsage } from '@towline/operations'
import { z } from 'zod'
import { SELECTOR } from '../../server/schemas.ts'
import { defineTool } from '../../tool.ts'
import { moment } from './log-view.ts'
import { projectOf } from './project-of.ts'

/** Of the newest hours or days. */
const MOST_SUMS = 500

export const projectUsage = defineTool({
  name: 'towline_project_usage',
  description:
    'Tells connections, requests, bytes and tunnel seconds of a project by hour or day (UTC). Needs usage.read.',
  input: z.strictObject({
    ...SELECTOR,
    per: z.enum(['hour', 'day']).default('day').describe('How sums are made.'),
    since: moment('Seconds since the epoch; a day or a month ago when absent.'),
    until: moment('Seconds since the epoch; now when absent.'),
  }),
  output: z.strictObject({
    project: z.string().describe('Id or endpoint of the project.'),
    per: z.enum(['hour', 'day']).describe('How sums are made.'),
    since: z.int().describe('Seconds since the epoch.'),
    until: z.int().describe('Seconds since the epoch.'),
    totals: z.record(z.string(), z.int()).describe('By metric, of the whole span.'),
    sums: z
      .array(
        z.strictObject({
          at: z.int().describe('Where the hour or day begins, seconds since the epoch.'),
          metric: z.string().describe('What was counted.'),
          value: z.int().describe('How much of it.'),
        }),
      )
      .describe('The newest, in order of time; without those that are 0.'),
    leftOut: z.int().describe('Older sums that are not in this answer; ask for a shorter span.'),
  }),
  hints: { title: 'Read usage', readOnly: true, idempotent: true, openWorld: true },
  risk: 'read',
  profile: 'read-only',
  run: async ({ context, project: named, ...span }, call) => {
    const { connection, project } = await projectOf(call, { context, project: named })
    const { per, since, until, sums, totals } = await readUsage(connection, project, { ...span, signal: call.signal })
    const told = sums.slice(-MOST_SUMS).map(({ at, metric, value }) => ({ at, metric, value }))
    return { project, per, since, until, totals: { ...totals }, sums: told, leftOut: sums.length - told.length }
  },
})
