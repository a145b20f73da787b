/** Owns the operations that read the audit trail. Nothing changes it. */
import { z } from '../zod.ts'
import { exportAudit, listAudit } from '../../audit/audit-store.ts'
import { defineOperation } from '../operation.ts'
import type { Place } from '../places.ts'
import { asPage, pageOf, paging, projectId, workspaceId } from '../schemas/fields.ts'
import { auditExport, auditRecord, span } from '../schemas/observe.ts'

const READ = [{ resource: 'control.audit', action: 'read' }] as const

const query = z.strictObject({
  workspaceId: workspaceId.optional(),
  projectId: projectId.optional(),
  userId: z.string().min(1).max(64).optional(),
  credentialId: z.string().min(1).max(64).optional(),
  ...span,
  ...paging,
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
    'Who did what in a workspace or project, newest first: every change, with who asked, what was decided and when. A ' +
    'credential of a project reads that of its project.',
  rules: [...READ],
  at: 'either',
  query,
  output: pageOf('records', auditRecord),
  risk: 'read',
  mcp: { name: 'towline_audit_list' },
  run: async ({ place, db, services }, asked) => {
    await services.flush()
    return asPage('records', await listAudit(db, { ...asked, ...scopeOf(place) }))
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
    const { items, cursor } = await exportAudit(db, { ...asked, ...scopeOf(place), ms: now * 1000, limits })
    return { records: items, ...(cursor !== undefined && { cursor }) }
  },
})
