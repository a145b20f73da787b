/** Owns asking a person at a terminal of this machine, by the supervisor that keeps the question. */
import type { Supervisor } from '@towline/operations'
import type { Limits } from '@towline/protocol'
import type { ApprovalDesk } from './approval-desk.ts'

export const terminalDesk = (
  supervisor: Pick<Supervisor, 'askApproval' | 'useApproval'>,
  { mcpApprovalSeconds }: Pick<Limits, 'mcpApprovalSeconds'>,
): ApprovalDesk => ({
  ask: async (asked, signal) => {
    const { projectId: _, ...question } = asked
    const { id, expiresAt } = await supervisor.askApproval(
      { ...question, secondsToLive: mcpApprovalSeconds },
      { signal },
    )
    return { id, expiresAt }
  },
  use: async (id, fingerprint, signal) => {
    const answer = await supervisor.useApproval(id, fingerprint, { signal })
    return answer.status === 'approved' ? 'used' : { id, expiresAt: answer.expiresAt }
  },
})
