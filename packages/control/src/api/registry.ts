/** Owns the list of all operations of the control API. Routes, the document, MCP tools and the matrix of tests come from it. */
import type { Operation, Tag } from './operation.ts'
import { agentCallsTell } from './operations/agent-calls.ts'
import { approvalsAsk, approvalsRead, approvalsUse } from './operations/approvals.ts'
import { auditExported, auditList } from './operations/audit.ts'
import { checkoutsRead, checkoutsReturn, checkoutsSettle } from './operations/checkouts.ts'
import { projectsCreate, projectsOptions } from './operations/creation.ts'
import { domainsAdd, domainsList, domainsRemove } from './operations/domains.ts'
import { whoami } from './operations/identity.ts'
import { membersAdd, membersList, membersRemove, membersSetRole } from './operations/members.ts'
import { logsList, usageRead } from './operations/observe.ts'
import { projectsDelete, projectsList, projectsRead, projectsRename, projectsResolve } from './operations/projects.ts'
import { settingsPatch, settingsRead, settingsReset } from './operations/settings.ts'
import { tokensCreate, tokensDelegate, tokensList, tokensRevoke, tokensRotate } from './operations/tokens.ts'
import { turnCreate } from './operations/turn.ts'
import { workspacesList, workspacesRead } from './operations/workspaces.ts'

/** Headings of documents, in order, and what is under them. */
export const TAGS: readonly (readonly [Tag, string])[] = [
  ['Identity', 'Who calls.'],
  ['Workspaces', 'Workspaces and their people.'],
  ['Projects', 'Making, finding and ending projects.'],
  ['Checkouts', 'Plans that are being paid for.'],
  ['Settings', 'What a project allows.'],
  ['Observe', 'Logs, usage and the audit trail.'],
  ['Tokens', 'Credentials of projects.'],
  ['Domains', 'Names that a project keeps.'],
  ['TURN', 'Credentials for the TURN server.'],
  ['Agents', 'What agents on workstations ask people for, and what they did.'],
]

export const OPERATIONS: readonly Operation[] = [
  whoami,
  ...[workspacesList, workspacesRead, membersList, membersAdd, membersSetRole, membersRemove],
  ...[projectsList, projectsRead, projectsResolve, projectsOptions, projectsCreate, projectsRename, projectsDelete],
  ...[checkoutsRead, checkoutsReturn, checkoutsSettle],
  ...[settingsRead, settingsPatch, settingsReset],
  ...[logsList, usageRead, auditList, auditExported],
  ...[tokensList, tokensCreate, tokensDelegate, tokensRotate, tokensRevoke],
  ...[domainsList, domainsAdd, domainsRemove],
  turnCreate,
  ...[approvalsAsk, approvalsRead, approvalsUse, agentCallsTell],
]
