/** Owns the face of the supervisor for those who ask it: found or started as each call needs. */
import { AppError, type Limits, LIMITS } from '@towline/protocol'
import type { Env } from '../context/home.ts'
import type { Approval, ApprovalAnswer, ApprovalDecision, ApprovalQuestion } from './approvals.ts'
import { askerEnv } from './asker-env.ts'
import { askReached } from './call.ts'
import { findDaemon, findOrStart } from './find-daemon.ts'
import { listKept, stopAllKept, stopKept } from './kept-records.ts'
import type { ExposeRequest, LocalStopped, LocalTunnel } from './local-tunnel.ts'
import { localPlace } from './place.ts'
import type { LocalOp, OpAnswer, OpInput } from './wire.ts'

export interface SupervisorOptions {
  /** Says which server is meant, and where the home folder is. */
  readonly env: Env
  /** Program and first arguments that start this very command line. */
  readonly program: readonly string[]
  /** Product and version. */
  readonly agent: string
  readonly limits?: Limits | undefined
}

/** A call that may be cancelled. */
export interface Cancellable {
  readonly signal?: AbortSignal | undefined
}

/**
 * The supervisor of this user. Whatever needs it starts it; what only looks or ends does not. All reject with CONFIG_INVALID,
 * LOCAL_START_FAILED, LOCAL_SILENT, LOCAL_GONE, LOCAL_VERSION, and what they say themselves.
 */
export interface Supervisor {
  /**
   * A managed tunnel, once it is online. The same request with the same `id` or name answers the one that serves. Rejects
   * with PORT_SILENT, IDEMPOTENCY_CONFLICT, LOCAL_NAME_HELD, LIMIT_REACHED, what is wrong in the request, and the server's
   * own refusal; nothing is left open then.
   */
  exposeLocal(request: ExposeRequest, options?: Cancellable): Promise<LocalTunnel>
  /** Those that serve, and those that ended or were lost in the last day; those that were stopped only with `all`. */
  listLocal(options?: Cancellable & { readonly all?: boolean | undefined }): Promise<readonly LocalTunnel[]>
  /** By id, or a live one by its name or tunnel id. Resolves when it has ended; again is harmless. Rejects with LOCAL_UNKNOWN. */
  stopLocal(id: string, options?: Cancellable): Promise<LocalStopped>
  stopAllLocal(options?: Cancellable): Promise<readonly LocalStopped[]>
  /** The same call that still waits gets the same id. Rejects with LIMIT_REACHED. */
  askApproval(question: ApprovalQuestion, options?: Cancellable): Promise<Approval>
  listApprovals(options?: Cancellable): Promise<readonly Approval[]>
  /** `by`: who decides, such as the user's name. Rejects with APPROVAL_UNKNOWN. */
  decideApproval(id: string, decision: ApprovalDecision, by: string): Promise<Approval>
  /** Answers `approved` once. Rejects with APPROVAL_REFUSED, and APPROVAL_INVALID for another call or what is over. */
  useApproval(id: string, fingerprint: string, options?: Cancellable): Promise<ApprovalAnswer>
}

interface Asking<Op extends LocalOp> extends Cancellable {
  readonly op: Op
  readonly input: OpInput<Op>
  /** What is answered when none runs; when absent, one is started. */
  readonly otherwise?: () => OpAnswer<Op> | Promise<OpAnswer<Op>>
  /** Ends one of another version with all it keeps. */
  readonly force?: boolean
}

/** Opens nothing until it is asked. */
export const openSupervisor = ({ env, program, agent, limits = LIMITS }: SupervisorOptions): Supervisor => {
  const place = localPlace(env)
  const ask = async <Op extends LocalOp>(asking: Asking<Op>): Promise<OpAnswer<Op>> => {
    const { op, input, signal, otherwise, force } = asking
    const finding = { env, place, limits, program, agent, signal }
    const reached = otherwise ? await findDaemon(finding, force) : await findOrStart(finding)
    if (!reached) return await (otherwise as () => Promise<OpAnswer<Op>>)()
    return await askReached(reached, { op, input, place, limits, signal })
  }
  const over = (code: 'APPROVAL_INVALID' | 'APPROVAL_UNKNOWN', id: string) => (): never => {
    throw new AppError(code, { id })
  }
  return {
    exposeLocal: (request, { signal } = {}) => ask({ op: 'expose', input: { request, env: askerEnv(env) }, signal }),
    listLocal: async ({ signal, all = false } = {}) => {
      const tunnels = await ask({ op: 'list', input: {}, signal, otherwise: () => listKept(place) })
      return all ? tunnels : tunnels.filter(({ status }) => status !== 'stopped')
    },
    stopLocal: (id, { signal } = {}) =>
      ask({ op: 'stop', input: { id }, signal, otherwise: () => stopKept(place, id) }),
    stopAllLocal: ({ signal } = {}) =>
      ask({ op: 'stopAll', input: {}, signal, force: true, otherwise: () => stopAllKept(place) }),
    askApproval: (question, { signal } = {}) => ask({ op: 'approvalAsk', input: question, signal }),
    listApprovals: ({ signal } = {}) => ask({ op: 'approvalList', input: {}, signal, otherwise: () => [] }),
    decideApproval: (id, decision, by) =>
      ask({ op: 'approvalDecide', input: { id, decision, by }, otherwise: over('APPROVAL_UNKNOWN', id) }),
    useApproval: (id, fingerprint, { signal } = {}) =>
      ask({ op: 'approvalUse', input: { id, fingerprint }, signal, otherwise: over('APPROVAL_INVALID', id) }),
  }
}
