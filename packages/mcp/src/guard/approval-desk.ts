/** Owns the seam to those who ask a person outside of the agent's client. */
import type { Connection, ServerQuestion } from '@towline/operations'

/** A question that waits for its person. */
export interface Waiting {
  readonly id: string
  /** The page on which it is decided. */
  readonly approveUrl?: string | undefined
  /** Integer seconds. */
  readonly expiresAt: number
}

export interface ApprovalDesk {
  /** The same question that still waits is the same. Rejects with why nobody can be asked. */
  ask(question: ServerQuestion, signal: AbortSignal): Promise<Waiting>
  /**
   * Uses up what a person allowed, whoever else tries at the same moment; answers the question while nobody has decided.
   * Rejects with APPROVAL_REFUSED, and with APPROVAL_INVALID for another call and what is unknown, over or used.
   */
  use(id: string, fingerprint: string, signal: AbortSignal): Promise<'used' | Waiting>
}

/** Who asks people: a page of the server in use, or a terminal of this machine. */
export interface Desks {
  readonly page: (connection: Connection) => ApprovalDesk
  readonly terminal: ApprovalDesk
}
