/** Owns what a supervisor does for each thing that is asked of it. */
import type { Env } from '../context/home.ts'
import type { Approvals } from './approvals.ts'
import type { ManagedTunnels } from './managed-tunnels.ts'
import type { Asked } from './requests.ts'
import type { LocalOp, OpAnswer, OpInput } from './wire.ts'

/** What a supervisor keeps. */
export interface Kept {
  /** Without anything that says which server is meant. */
  readonly env: Env
  readonly tunnels: ManagedTunnels
  readonly approvals: Approvals
  /** Begins to end it; the answer still goes out. */
  readonly retire: () => void
}

/** Whether a supervisor that ends now takes something with it. */
export const keepsSomething = ({ tunnels, approvals }: Pick<Kept, 'tunnels' | 'approvals'>): boolean =>
  tunnels.count > 0 || approvals.count > 0

type Answers = {
  readonly [Op in LocalOp]: (
    kept: Kept,
    input: OpInput<Op>,
    signal: AbortSignal,
  ) => OpAnswer<Op> | Promise<OpAnswer<Op>>
}

const ANSWERS: Answers = {
  retire: (kept, { force }) => {
    const retired = force || !keepsSomething(kept)
    if (retired) kept.retire()
    return { retired }
  },
  expose: ({ tunnels, env }, { request, env: asker }, signal) =>
    tunnels.expose({ request, env: { ...env, ...asker }, signal }),
  list: ({ tunnels }) => tunnels.all(),
  stop: ({ tunnels }, { id }) => tunnels.stop(id),
  stopAll: ({ tunnels }) => tunnels.stopAll(),
  approvalAsk: ({ approvals }, question) => approvals.ask(question),
  approvalList: ({ approvals }) => approvals.list(),
  approvalDecide: ({ approvals }, { id, decision, by }) => approvals.decide(id, decision, by),
  approvalUse: ({ approvals }, { id, fingerprint }) => approvals.use(id, fingerprint),
}

/** Rejects with the refusal. `signal`: nobody waits for the answer any more. */
export const answer = async ({ op, input }: Asked, kept: Kept, signal: AbortSignal): Promise<unknown> =>
  await (ANSWERS[op] as (kept: Kept, input: unknown, signal: AbortSignal) => unknown)(kept, input, signal)
