/** Owns telling the authority who did what, or was kept from it: every record names credential, person and workspace the same way. */
import { AppError, type AuditRecord, type Authority, type Principal } from '@towline/protocol'

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
}

export const report = ({ authority, clock }: ReportDeps, principal: Principal, { error, ...deed }: Deed): void => {
  const { projectId, credentialId, userId, workspaceId } = principal
  authority.report({
    at: Math.floor(clock() / 1000),
    decision: error === undefined ? 'allowed' : 'refused',
    projectId,
    credentialId,
    ...(userId !== undefined && { userId }),
    ...(workspaceId !== undefined && { workspaceId }),
    ...deed,
    ...(error instanceof AppError && { code: error.code }),
  })
}
