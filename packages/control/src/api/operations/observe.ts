/** Owns the operations that tell what happened in a project: its logs and its usage. */
import { z } from '../zod.ts'
import { AppError } from '@towline/protocol'
import { listLogs } from '../../log/log-store.ts'
import { readUsage } from '../../usage/usage-store.ts'
import { defineOperation } from '../operation.ts'
import { asPage, pageOf, paging, projectId } from '../schemas/fields.ts'
import { labelsFilter, logEntry, span, usage } from '../schemas/observe.ts'

const params = z.strictObject({ projectId })

export const logsList = defineOperation({
  id: 'logs.list',
  method: 'get',
  path: '/projects/{projectId}/logs',
  tag: 'Observe',
  summary: 'Read logs',
  description:
    'Requests and the life of tunnels, newest first, by time, tunnel and label. Holds no query string and no body.',
  rules: [{ resource: 'control.logs', action: 'read' }],
  at: 'project',
  params,
  query: z.strictObject({
    kind: z.enum(['request', 'lifecycle']).optional(),
    tunnel: z.string().min(1).max(64).optional().openapi({ description: 'Id or name.' }),
    labels: labelsFilter.optional(),
    ...span,
    ...paging,
  }),
  output: pageOf('entries', logEntry),
  risk: 'read',
  mcp: { name: 'towline_project_logs' },
  run: async ({ place, db, services }, query) => {
    await services.flush()
    return asPage('entries', await listLogs(db, { ...query, projectId: place.project.id }))
  },
})

const DAY = 24 * 3600
const SPANS = { hour: DAY, day: 30 * DAY } as const

export const usageRead = defineOperation({
  id: 'usage.read',
  method: 'get',
  path: '/projects/{projectId}/usage',
  tag: 'Observe',
  summary: 'Read usage',
  description:
    'Connections, requests, bytes and tunnel seconds of a project by hour or day; the last day or month by default.',
  rules: [{ resource: 'control.usage', action: 'read' }],
  at: 'project',
  params,
  query: z.strictObject({ per: z.enum(['hour', 'day']).default('day'), ...span }),
  output: usage,
  risk: 'read',
  mcp: { name: 'towline_project_usage' },
  run: async (
    { place, db, now, limits, services },
    { per, until = now + 1, since = Math.max(0, until - SPANS[per]) },
  ) => {
    if (since >= until || until - since > limits.usageSpanSeconds) {
      const problem = `since comes before until, by at most ${limits.usageSpanSeconds} seconds`
      throw new AppError('REQUEST_INVALID', { problem })
    }
    await services.flush()
    const sums = await readUsage(db, { projectId: place.project.id, since, until, per })
    const totals: Record<string, number> = {}
    for (const { metric, value } of sums) totals[metric] = (totals[metric] ?? 0) + value
    return { per, since, until, sums, totals }
  },
})
