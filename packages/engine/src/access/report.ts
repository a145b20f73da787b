/** Owns telling the authority who did what, or was kept from it: every record names credential, person and workspace the same way. */
import { type AgentClaim, AppError, type AuditRecord, type Authority, type Principal } from '@towline/protocol'

export interface ReportDeps {
  readonly authority: Pick<Authority, 'report'>
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** What happened, besides who did it and when. */
export interface Deed
  extends Omit<AuditRecord, 'at' | 'decision' | 'projectId' | 'workspaceId' | 'credentialId' | 'userId'> {
  /** What it was refused with. */
  readonly error?: unknown
  /** For which agent it says that it acted. */
  readonly claim?: AgentClaim | undefined
}

export const report = (
  { authority, clock }: ReportDeps,
  principal: Principal,
  { error, claim, ...deed }: Deed,
): void => {
  const { projectId, credentialId, userId, workspaceId } = principal
  authority.report({
    at: Math.floor(clock() / 1000),
    decision: error === undefined ? 'allowed' : 'refused',
    projectId,
    credentialId,
    ...(userId !== undefined && { userId }),
    ...(workspaceId !== undefined && { workspaceId }),
    ...deed,
    ...(claim && claimed(claim, deed)),
    ...(error instanceof AppError && { code: error.code }),
  })
}

/** A claim names agent and thread; what was known of the client before stands beside it. */
const claimed = ({ name, thread, call }: AgentClaim, { agent: client, details }: Deed) => ({
  agent: name,
  ...(thread !== undefined && { thread }),
  details: {
    ...details,
    claimed: { agent: name, ...(call !== undefined && { call }), ...(client !== undefined && { client }) },
  },
})
