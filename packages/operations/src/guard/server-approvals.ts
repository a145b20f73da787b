/** Owns asking the person behind a login, on a page of the server, to allow one exact call of an agent. */
import type { Connection } from '../context/connection.ts'
import { type Signal, withControl } from '../control/control-client.ts'
import type { CallQuestion } from './call-question.ts'

export interface ServerQuestion extends CallQuestion {
  /** Id or endpoint of the project it is for, so that its workspace sees the decision in its audit trail. */
  readonly projectId?: string | undefined
}

export interface ServerApproval {
  /** `apr_…` */
  readonly id: string
  /** To show to the person; deciding needs their own sign-in. */
  readonly approveUrl: string
  /** Integer seconds. */
  readonly expiresAt: number
}

export interface ServerApprovalState {
  readonly status: 'pending' | 'approved' | 'refused' | 'used'
  readonly approveUrl: string
  /** Integer seconds. */
  readonly expiresAt: number
}

/** The same question that still waits is answered again. Rejects with APPROVAL_NOBODY for a credential without a person, or LIMIT_REACHED. */
export const askServerApproval = (
  connection: Connection,
  question: ServerQuestion,
  options: Signal = {},
): Promise<ServerApproval> =>
  withControl(connection, options, (ask) => ask({ method: 'POST', path: '/api/approvals', body: question }))

/** Rejects with NOT_FOUND once its time is over. */
export const readServerApproval = (
  connection: Connection,
  id: string,
  options: Signal = {},
): Promise<ServerApprovalState> => withControl(connection, options, (ask) => ask({ method: 'GET', path: pathOf(id) }))

/** Takes its one use, right before the call is done. Rejects with APPROVAL_PENDING, APPROVAL_REFUSED or APPROVAL_INVALID. */
export const useServerApproval = (
  connection: Connection,
  { id, fingerprint }: { readonly id: string; readonly fingerprint: string },
  options: Signal = {},
): Promise<{ readonly used: true }> =>
  withControl(connection, options, (ask) => ask({ method: 'POST', path: `${pathOf(id)}/use`, body: { fingerprint } }))

const pathOf = (id: string): string => `/api/approvals/${encodeURIComponent(id)}`
