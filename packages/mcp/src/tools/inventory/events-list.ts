/** Owns the tool that lists what became of tunnels. */
import { readLogs } from '@towline/operations'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { LOG_INPUT, LOG_OUTPUT, type LogEntry, logEntry } from './log-view.ts'
import { projectOf } from './project-of.ts'

export const eventsList = defineTool({
  name: 'towline_events_list',
  description: 'Lists when tunnels of a project came, broke off, came back and went, newest first. Needs logs.read.',
  input: z.strictObject({ ...LOG_INPUT }),
  output: z.strictObject({ ...LOG_OUTPUT, events: z.array(logEntry).describe('Newest first.') }),
  hints: { title: 'List events', readOnly: true, idempotent: true, openWorld: true },
  risk: 'read',
  profile: 'read-only',
  run: async ({ context, project: named, ...query }, call) => {
    const { connection, project } = await projectOf(call, { context, project: named })
    const options = { ...query, kind: 'lifecycle', signal: call.signal } as const
    const { entries, next } = await readLogs(connection, project, options)
    return { project, events: entries as LogEntry[], ...(next !== undefined && { next }) }
  },
})
