/** Owns reading the audit trail. */
import { type AuditRecord, LIMITS } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { chooseWorkspace } from './choose.ts'
import { type Ask, withControl } from './control-client.ts'
import type { WorkspaceOptions } from './list-members.ts'

export interface AuditOptions extends WorkspaceOptions {
  /** Only of this project; id or endpoint. */
  readonly project?: string | undefined
  /** Integer seconds. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** As it names itself. */
  readonly agent?: string | undefined
  /** The conversation of an agent. */
  readonly thread?: string | undefined
  readonly tool?: string | undefined
  /** Such as `projects.create`, or `agent.call`. */
  readonly action?: string | undefined
  /** At most so many. */
  readonly limit: number
}

interface Page {
  readonly records: readonly AuditRecord[]
  readonly next?: string
}

/** Newest first. Of a project, of a workspace, or of what the credential is for. */
export const readAudit = (connection: Connection, options: AuditOptions): Promise<readonly AuditRecord[]> =>
  withControl(connection, options, async (ask) => {
    const { since, until, limit, agent, thread, tool, action } = options
    const scope = { ...(await scopeOf(ask, options)), agent, thread, tool, action }
    const records: AuditRecord[] = []
    let cursor: string | undefined
    do {
      const most = String(Math.min(limit - records.length, MOST))
      const query = { ...scope, since: since?.toString(), until: until?.toString(), limit: most, cursor }
      const page: Page = await ask<Page>({ method: 'GET', path: '/api/audit', query })
      records.push(...page.records)
      cursor = page.next
    } while (cursor !== undefined && records.length < limit)
    return records
  })

/** Of one page. */
const MOST = LIMITS.apiPageItems

const scopeOf = async (ask: Ask, { project, workspace }: AuditOptions): Promise<Readonly<Record<string, string>>> => {
  if (project !== undefined) return { projectId: project }
  const { kind } = await ask<{ readonly kind: 'login' | 'project' }>({ method: 'GET', path: '/api/whoami' })
  return kind === 'project' && workspace === undefined
    ? {}
    : { workspaceId: (await chooseWorkspace(ask, workspace)).id }
}
