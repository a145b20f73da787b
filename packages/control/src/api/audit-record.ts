/** Owns the audit record of one call of an operation: who, what and with which input. */
import type { AuditRecord } from '@towline/protocol'
import type { ApiDeps } from './api-deps.ts'
import type { Caller } from './caller.ts'
import type { Operation } from './operation.ts'
import { without } from './without.ts'

export interface AuditedCall {
  readonly caller: Caller
  readonly requestId: string
  readonly input: Readonly<Record<string, unknown>>
}

/** As allowed; what the operation leaves out of records is not in it. */
export const auditRecord = (
  op: Operation,
  { caller, requestId, input }: AuditedCall,
  { clock }: Pick<ApiDeps, 'clock'>,
): AuditRecord => {
  const { claim } = caller
  const agent = claim?.name ?? caller.agent
  const details = { ...without(input, ...(op.unaudited ?? [])), ...(claim && { claimed: claimedBy(caller) }) }
  return {
    at: Math.floor(clock() / 1000),
    action: op.id,
    decision: 'allowed',
    credentialId: caller.credentialId,
    requestId,
    ...(caller.userId !== undefined && { userId: caller.userId }),
    ...(agent !== undefined && { agent }),
    ...(claim?.thread !== undefined && { thread: claim.thread }),
    ...(caller.projectId !== undefined && { projectId: caller.projectId }),
    ...(Object.keys(details).length > 0 && { details }),
  }
}

/** What the caller says of its agent stands beside what it has proven: the client that was logged in. */
const claimedBy = ({ claim, agent: client }: Caller): Readonly<Record<string, unknown>> => ({
  agent: claim?.name,
  ...(claim?.call !== undefined && { call: claim.call }),
  ...(client !== undefined && { client }),
})
