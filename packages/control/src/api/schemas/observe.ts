/** Owns the shapes of logs, usage and audit records. */
import { z } from '@hono/zod-openapi'
import { LIMITS, METRICS } from '@towline/protocol'
import { seconds } from './fields.ts'

const moment = (description: string) =>
  z.coerce
    .number()
    .int()
    .min(0)
    .max(253_402_300_799)
    .optional()
    .openapi({ description, examples: [1_760_000_000] })

/** Query fields of what happened in a time. */
export const span = {
  since: moment('Seconds since the epoch, the first that counts.'),
  until: moment('Seconds since the epoch, the first that does not count any more.'),
}

export const labelsFilter = z
  .string()
  .max(LIMITS.filterChars)
  .transform((text, context) => {
    const pairs = text.split(',').map((pair) => /^([^=]+)=(.*)$/.exec(pair)?.slice(1))
    if (pairs.every((pair) => pair !== undefined)) return Object.fromEntries(pairs) as Record<string, string>
    context.addIssue('write labels as key=value,key=value')
    return z.NEVER
  })
  .openapi({
    type: 'string',
    description: 'Labels that the tunnel has, as key=value,key=value.',
    examples: ['env=prod'],
  })

const count = z.int().optional()
const text = z.string().optional()

export const logEntry = z
  .strictObject({
    at: seconds,
    kind: z.enum(['request', 'lifecycle']),
    projectId: z.string(),
    tunnelId: text,
    tunnel: text.openapi({ description: 'Its name.' }),
    labels: z.record(z.string(), z.string()).readonly().optional(),
    method: text,
    host: text,
    path: text.openapi({ description: 'Without its query.' }),
    status: count,
    durationMs: count,
    bytesIn: count,
    bytesOut: count,
    address: text,
    credentialId: text,
    requestId: text,
    code: text,
    message: text.openapi({ description: 'What happened, of a lifecycle.' }),
  })
  .openapi('LogEntry', {
    description: 'A request, or a step in the life of a tunnel.',
    examples: [
      {
        at: 1_760_000_000,
        kind: 'request',
        projectId: 'prj_0c5d8m2k1x9q7w3e',
        tunnelId: 'tun_5h7j9k1m3n5p7q9s',
        tunnel: 'web',
        method: 'GET',
        host: 'web.demo.towline.example',
        path: '/',
        status: 200,
        durationMs: 12,
        bytesIn: 0,
        bytesOut: 512,
        address: '192.0.2.7',
        requestId: 'req_4bqf1yax3d60wnkz',
      },
    ],
  })

const metric = z.enum(METRICS)

export const usage = z
  .strictObject({
    per: z.enum(['hour', 'day']),
    since: seconds,
    until: seconds,
    sums: z
      .array(z.strictObject({ at: seconds, metric, value: z.int() }))
      .readonly()
      .openapi({ description: 'In order of time; hours and days without usage are left away. Days are those of UTC.' }),
    totals: z.record(z.string(), z.int()).readonly().openapi({ description: 'By metric, of the whole span.' }),
  })
  .openapi('Usage', {
    description: 'What a project used.',
    examples: [
      {
        per: 'day',
        since: 1_759_968_000,
        until: 1_760_054_400,
        sums: [{ at: 1_759_968_000, metric: 'requests', value: 42 }],
        totals: { requests: 42 },
      },
    ],
  })

export const auditRecord = z
  .strictObject({
    at: seconds,
    action: z.string(),
    decision: z.enum(['allowed', 'refused']),
    workspaceId: text,
    projectId: text,
    credentialId: text,
    userId: text.openapi({ description: 'The person who acted, or on whose login an agent did.' }),
    agent: text.openapi({ description: 'The client that acted, or the agent that it says it acted for.' }),
    thread: text.openapi({ description: 'The conversation of the agent, as it was claimed.' }),
    tool: text.openapi({ description: 'The tool that the agent called, as it was claimed.' }),
    target: text,
    code: text.openapi({ description: 'Why it was refused.' }),
    requestId: text,
    details: z.record(z.string(), z.unknown()).readonly().optional(),
  })
  .openapi('AuditRecord', {
    description: 'Who did what, and whether it was allowed.',
    examples: [
      {
        at: 1_760_000_000,
        action: 'projects.create',
        decision: 'allowed',
        workspaceId: 'wsp_first',
        credentialId: 'crd_9f2k4m6p8r1t3v5x',
        userId: 'usr_9f2k4m6p8r1t3v5x',
        agent: 'towline-cli',
        target: 'prj_0c5d8m2k1x9q7w3e',
        requestId: 'req_4bqf1yax3d60wnkz',
        details: { name: 'Demo', plan: 'free' },
      },
    ],
  })

export const auditExport = z
  .strictObject({
    records: z.array(auditRecord).readonly(),
    cursor: z
      .string()
      .optional()
      .openapi({ description: 'Where the next call goes on, also when nothing is left now.' }),
  })
  .openapi('AuditExport', { description: 'Records, oldest first.' })
