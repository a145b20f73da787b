/** Owns the tool that reads the logs of a project. */
import { readLogs } from '@towline/operations'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { LOG_INPUT, LOG_OUTPUT, type LogEntry, logEntry } from './log-view.ts'
import { projectOf } from './project-of.ts'

export const projectLogs = defineTool({
  name: 'towline_project_logs',
  description:
    'Reads what visitors asked of the tunnels of a project, and the life of its tunnels, newest first. Needs logs.read. Holds no ' +
    'bodies and no query strings.',
  input: z.strictObject({
    ...LOG_INPUT,
    kind: z.enum(['request', 'lifecycle']).optional().describe('Only these.'),
  }),
  output: z.strictObject({ ...LOG_OUTPUT, entries: z.array(logEntry).describe('Newest first.') }),
  hints: { title: 'Read logs', readOnly: true, idempotent: true, openWorld: true },
  risk: 'read',
  profile: 'read-only',
  run: async ({ context, project: named, ...query }, call) => {
    const { connection, project } = await projectOf(call, { context, project: named })
    const { entries, next } = await readLogs(connection, project, { ...query, signal: call.signal })
    return { project, entries: entries as LogEntry[], ...(next !== undefined && { next }) }
  },
})
