/** Owns how an audit record lies in the database. */
import type { AuditRecord, Limits } from '@towline/protocol'
import type { AuditTable } from '../store/schema.ts'
import { cutText } from '../store/text.ts'
import { timeId } from '../store/time-id.ts'

/** What was done is kept apart from what comes in masses, was refused or is only claimed: those must push out no change. */
export type Trail = 'changes' | 'traffic' | 'agents'

export interface AuditPlace {
  readonly trail: Trail
  /** Since the epoch; gives the row its place. */
  readonly ms: number
  readonly limits: Limits
  /** Of a call of an agent, see `AuditTable`. */
  readonly claim?: string
}

export const toAuditRow = (record: AuditRecord, { trail, ms, limits, claim }: AuditPlace): AuditTable => {
  const cut = (text: string | undefined): string | null => cutText(text, limits.auditTextChars)
  return {
    id: timeId('aud', ms),
    trail,
    at: record.at,
    action: cut(record.action) ?? '',
    decision: record.decision,
    project_id: cut(record.projectId),
    credential_id: cut(record.credentialId),
    target: cut(record.target),
    code: cut(record.code),
    request_id: cut(record.requestId),
    workspace_id: cut(record.workspaceId),
    user_id: cut(record.userId),
    agent: cut(record.agent),
    thread: cut(record.thread),
    tool: cut(record.tool),
    claim: claim ?? null,
    details: detailsOf(record, limits),
  }
}

/** Details that are too long are kept as the text they begin with. JSON escapes what a column could not take. */
const detailsOf = ({ details }: AuditRecord, limits: Limits): string | null => {
  if (details === undefined) return null
  const text = JSON.stringify(details)
  if (text.length <= limits.auditDetailsChars) return text
  return JSON.stringify({ cut: text.slice(0, limits.auditDetailsChars) })
}

export const toAuditRecord = (row: AuditTable): AuditRecord => ({
  at: row.at,
  action: row.action,
  decision: row.decision as AuditRecord['decision'],
  ...(row.project_id === null ? {} : { projectId: row.project_id }),
  ...(row.credential_id === null ? {} : { credentialId: row.credential_id }),
  ...(row.target === null ? {} : { target: row.target }),
  ...(row.code === null ? {} : { code: row.code }),
  ...(row.request_id === null ? {} : { requestId: row.request_id }),
  ...(row.workspace_id === null ? {} : { workspaceId: row.workspace_id }),
  ...(row.user_id === null ? {} : { userId: row.user_id }),
  ...(row.agent === null ? {} : { agent: row.agent }),
  ...(row.thread === null ? {} : { thread: row.thread }),
  ...(row.tool === null ? {} : { tool: row.tool }),
  ...(row.details === null ? {} : { details: JSON.parse(row.details) as Readonly<Record<string, unknown>> }),
})
