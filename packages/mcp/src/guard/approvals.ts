/**
 * Owns having a person allow one exact call: in the agent's client where it can ask, else on a page of the server or at a
 * terminal of this machine, with a second call. What makes or hands out credentials is never allowed in the client itself.
 */
import { RateLimit } from '@towline/base'
import type { InputRequiredResult, RequestStateCodec } from '@modelcontextprotocol/server'
import type { Way } from '@towline/operations'
import { AppError, type Limits } from '@towline/protocol'
import type { ApprovalRequired } from '../tool.ts'
import type { Desks, Waiting } from './approval-desk.ts'
import { openElsewhere } from './ask-elsewhere.ts'
import { type Answered, openInClient } from './ask-in-client.ts'
import type { QuestionState } from './open-questions.ts'
import { openRefusals } from './refusals.ts'
import type { Requested } from './requested.ts'

export interface ApprovalsOptions {
  readonly desks: Desks
  readonly codec: RequestStateCodec<QuestionState>
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** By which way a person said yes, or what to tell the client meanwhile. */
export type Answer = { readonly approvedBy: Way } | ApprovalRequired | InputRequiredResult

/** Throws APPROVAL_REFUSED, APPROVAL_INVALID, APPROVAL_UNREACHABLE, APPROVAL_TOO_LONG, RATE_LIMITED. */
export type RequireApproval = (requested: Requested) => Promise<Answer>

export const openApprovals = ({ desks, codec, limits, clock }: ApprovalsOptions): RequireApproval => {
  const inClient = openInClient(codec, limits, clock)
  const elsewhere = openElsewhere(desks)
  const refusals = openRefusals(limits, clock)
  const rate = new RateLimit(limits, clock)

  const refuse = ({ fingerprint }: Requested): AppError => {
    refusals.add(fingerprint)
    return new AppError('APPROVAL_REFUSED')
  }

  const useById = async (id: string, requested: Requested): Promise<Answer> => {
    const used = await elsewhere.use(id, requested).catch((error: unknown) => {
      throw error instanceof AppError && error.code === 'APPROVAL_REFUSED' ? refuse(requested) : error
    })
    return typeof used === 'string' ? { approvedBy: used } : told(used)
  }

  const answered = async ({ state, said }: Answered, requested: Requested): Promise<Answer> => {
    if (said === 'opened') return await useById(state.id, requested)
    if (said === 'yes' && requested.ways.includes('form')) return { approvedBy: 'form' }
    throw refuse(requested)
  }

  /** Nobody is worn down: so many questions, and none about what was refused a while ago. */
  const ask = async (requested: Requested): Promise<Answer> => {
    if (refusals.has(requested.fingerprint)) throw new AppError('APPROVAL_REFUSED')
    rate.count('', limits.questionsPerMinute)
    const { asks, risk } = requested.asked
    const isCredential = risk === 'credential'
    if (asks.form && !isCredential && requested.ways.includes('form')) return await inClient.askForm(requested)
    const waiting = await elsewhere.ask(requested)
    return isCredential && asks.url && waiting.approveUrl !== undefined
      ? await inClient.askUrl(requested, waiting)
      : told(waiting)
  }

  return async (requested) => {
    const { approvalId } = requested.asked
    if (approvalId !== undefined) return await useById(approvalId, requested)
    const answer = inClient.answerOf(requested)
    return answer ? await answered(answer, requested) : await ask(requested)
  }
}

const told = ({ id, approveUrl, expiresAt }: Waiting): ApprovalRequired => ({
  approvalRequired: true,
  approvalId: id,
  ...(approveUrl !== undefined && { approveUrl }),
  expiresAt,
  next:
    (approveUrl === undefined
      ? `Have the person run "towline approve ${id}" in a terminal of this machine; you cannot do it for them.`
      : 'Show approveUrl to the person, who decides on that page.') +
    ' Once it is allowed, call again with the very same arguments and approvalId.',
})
