/**
 * Owns what a client and the supervisor say to each other over its socket: lines of JSON. The supervisor says hello, the
 * client asks one thing, the supervisor answers it and closes. A client that closes before the answer cancels what it asked.
 */
import type { ErrorBody } from '@towline/protocol'
import type { Approval, ApprovalAnswer, ApprovalDecision, ApprovalQuestion } from './approvals.ts'
import type { ExposeRequest, LocalStopped, LocalTunnel } from './local-tunnel.ts'

/** Of everything but {@link Hello} and `retire`, which stay as they are in all versions. */
export const LOCAL_WIRE = 1

/** The first line of a supervisor. */
export interface Hello {
  readonly towline: 'local'
  readonly wire: number
  readonly supervisorId: string
  /** Product and version. */
  readonly program: string
  readonly pid: number
  /** Live ones. */
  readonly tunnels: number
  /** That wait, or were allowed and not used yet. */
  readonly approvals: number
}

/** Variables of the asker that say which server is meant, as whom. They may hold a token: kept in memory only. */
export type AskerEnv = Readonly<Record<string, string>>

/** What may be asked, and what is answered. */
export interface LocalOps {
  /** Ends the supervisor when it keeps nothing, or with all it keeps. */
  readonly retire: readonly [{ readonly force: boolean }, { readonly retired: boolean }]
  readonly expose: readonly [{ readonly request: ExposeRequest; readonly env: AskerEnv }, LocalTunnel]
  readonly list: readonly [Readonly<Record<never, never>>, readonly LocalTunnel[]]
  readonly stop: readonly [{ readonly id: string }, LocalStopped]
  readonly stopAll: readonly [Readonly<Record<never, never>>, readonly LocalStopped[]]
  readonly approvalAsk: readonly [ApprovalQuestion, Approval]
  readonly approvalList: readonly [Readonly<Record<never, never>>, readonly Approval[]]
  readonly approvalDecide: readonly [
    { readonly id: string; readonly decision: ApprovalDecision; readonly by: string },
    Approval,
  ]
  readonly approvalUse: readonly [{ readonly id: string; readonly fingerprint: string }, ApprovalAnswer]
}

export type LocalOp = keyof LocalOps
export type OpInput<Op extends LocalOp> = LocalOps[Op][0]
export type OpAnswer<Op extends LocalOp> = LocalOps[Op][1]

/** The last line of a supervisor. */
export type Reply = { readonly answer: unknown } | { readonly error: ErrorBody }
