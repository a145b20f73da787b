/** Owns the operations that read the audit trail. Nothing changes it. */
import { z } from '@hono/zod-openapi'
import { shown } from '@towline/protocol'
import { exportAudit, listAudit } from '../../audit/audit-store.ts'
import { defineOperation } from '../operation.ts'
import type { Place } from '../places.ts'
import { asPage, pageOf, paging, projectId, workspaceId } from '../schemas/fields.ts'
import { auditExport, auditRecord, span } from '../schemas/observe.ts'

const READ = [{ resource: 'control.audit', action: 'read' }] as const

/** Kept as `shown` shows it, and so asked for as that. */
const claimed = (description: string) => z.string().min(1).max(256).optional().openapi({ description })

const query = z.strictObject({
  workspaceId: workspaceId.optional(),
  projectId: projectId.optional(),
  userId: z.string().min(1).max(64).optional(),
  credentialId: z.string().min(1).max(64).optional(),
  agent: claimed('What the agent calls itself, or the client that was logged in.'),
  thread: claimed('The conversation of the agent.'),
  tool: claimed('The tool that the agent called.'),
  action: z.string().min(1).max(64).optional().openapi({ description: 'Such as projects.create, or agent.call.' }),
  ...span,
  ...paging,
})

const asKept = <Asked extends { agent?: string | undefined; thread?: string | undefined; tool?: string | undefined }>(
  asked: Asked,
) => ({
  ...asked,
  agent: asked.agent && shown(asked.agent),
  thread: asked.thread && shown(asked.thread),
  tool: asked.tool && shown(asked.tool),
})

const scopeOf = ({ project, workspace }: Place['either']) =>
  project ? { projectId: project.id, workspaceId: undefined } : { workspaceId: workspace.id, projectId: undefined }

export const auditList = defineOperation({
  id: 'audit.list',
  method: 'get',
  path: '/audit',
  tag: 'Observe',
  summary: 'Read the audit trail',
  description:
    'Who did what in a workspace or project, newest first: every change, with who asked, what was decided and when, and ' +
    'what workstations claim that agents did (action agent.call). A credential of a project reads that of its project.',
  rules: [...READ],
  at: 'either',
  query,
  output: pageOf('records', auditRecord),
  risk: 'read',
  mcp: { name: 'towline_audit_list' },
  run: async ({ place, db, services }, asked) => {
    await services.flush()
    return asPage('records', await listAudit(db, { ...asKept(asked), ...scopeOf(place) }))
  },
})

export const auditExported = defineOperation({
  id: 'audit.export',
  method: 'get',
  path: '/audit/export',
  tag: 'Observe',
  summary: 'Export the audit trail',
  description:
    'Oldest first, for copying it away: hand "cursor" back to go on, also later. What is younger than a second waits for ' +
    'a later call, so that nothing is skipped.',
  rules: [...READ],
  at: 'either',
  query,
  output: auditExport,
  risk: 'read',
  run: async ({ place, db, now, limits, services }, asked) => {
    await services.flush()
    const { items, cursor } = await exportAudit(db, { ...asKept(asked), ...scopeOf(place), ms: now * 1000, limits })
    return { records: items, ...(cursor !== undefined && { cursor }) }
  },
})
