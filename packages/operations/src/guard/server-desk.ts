/** Owns asking a person on the page of a server, as the guardrails ask whoever may allow a call. */
import { AppError } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import {
  type ServerQuestion,
  askServerApproval,
  readServerApproval,
  type ServerApproval,
  useServerApproval,
} from './server-approvals.ts'

export interface ServerDesk {
  /** The same question that still waits is the same. Rejects with APPROVAL_NOBODY, and with why the server is not reached. */
  ask(question: ServerQuestion, signal: AbortSignal): Promise<ServerApproval>
  /** Takes the one use; answers what still waits while nobody decided. Rejects with APPROVAL_REFUSED or APPROVAL_INVALID. */
  use(id: string, fingerprint: string, signal: AbortSignal): Promise<'used' | ServerApproval>
}

export const serverDesk = (connection: Connection): ServerDesk => ({
  ask: (question, signal) => askServerApproval(connection, question, { signal }),
  use: async (id, fingerprint, signal) => {
    try {
      await useServerApproval(connection, { id, fingerprint }, { signal })
      return 'used'
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'APPROVAL_PENDING') throw error
      const { approveUrl, expiresAt } = await readServerApproval(connection, id, { signal })
      return { id, approveUrl, expiresAt }
    }
  },
})
