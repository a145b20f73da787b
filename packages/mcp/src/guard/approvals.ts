/**
 * Owns having a person allow one exact call: in the agent's client where it can ask, else on a page of the server or at a
 * terminal of this machine, with a second call. What makes or hands out credentials is never allowed in the client itself.
 */
import { newId, RateLimit } from '@towline/base'
import {
  inputRequired,
  type InputRequiredResult,
  inputResponse,
  type RequestStateCodec,
} from '@modelcontextprotocol/server'
import type { Way } from '@towline/operations'
import { AppError, type Limits } from '@towline/protocol'
import type { ApprovalRequired } from '../tool.ts'
import type { ApprovalDesk, Desks, Waiting } from './approval-desk.ts'
import { OpenQuestions, type QuestionState } from './open-questions.ts'
import { formMessage, questionOf } from './question-text.ts'
import { openRefusals } from './refusals.ts'
import type { Subject } from './subject.ts'

export interface ApprovalsOptions {
  readonly desks: Desks
  readonly codec: RequestStateCodec<QuestionState>
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** A call that the policy wants a person asked about. */
export interface Requested extends Subject {
  /** The ways that count. */
  readonly ways: readonly Way[]
  /** Why it is asked. */
  readonly why: string
}

/** By which way a person said yes, or what to tell the client meanwhile. */
export type Answer = { readonly approvedBy: Way } | ApprovalRequired | InputRequiredResult

export interface Approvals {
  /** Throws APPROVAL_REFUSED, APPROVAL_INVALID, APPROVAL_UNREACHABLE, APPROVAL_TOO_LONG, RATE_LIMITED. */
  require(requested: Requested): Promise<Answer>
}

const KEY = 'confirm'
const CONFIRM = {
  type: 'object' as const,
  properties: { [KEY]: { type: 'boolean' as const, title: 'Allow it this once' } },
  required: [KEY],
}

/** Ids of a supervisor's questions; all others are a server's. */
const AT_TERMINAL = 'apl_'

export const openApprovals = ({ desks, codec, limits, clock }: ApprovalsOptions): Approvals => {
  const open = new OpenQuestions(limits, clock)
  const refusals = openRefusals(limits, clock)
  const rate = new RateLimit(limits, clock)

  const refuse = ({ fingerprint }: Requested): AppError => {
    refusals.add(fingerprint)
    return new AppError('APPROVAL_REFUSED')
  }

  /** A person can be shown only so much. */
  const beforeAsking = (requested: Requested): void => {
    if (refusals.has(requested.fingerprint)) throw new AppError('APPROVAL_REFUSED')
    rate.count('', limits.questionsPerMinute)
  }

  const askForm = async (requested: Requested): Promise<InputRequiredResult> => {
    beforeAsking(requested)
    const { context } = requested.asked
    const state: QuestionState = { id: newId('apr'), way: 'form' }
    const message = formMessage(requested, requested.why)
    open.add(state.id, requested.fingerprint)
    return inputRequired({
      inputRequests: { [KEY]: inputRequired.elicit({ message, requestedSchema: CONFIRM }) },
      requestState: await codec.mint(state, context),
    })
  }

  /** Saying that the page was opened allows nothing: the word is given there. */
  const askUrl = async (requested: Requested, waiting: Waiting): Promise<InputRequiredResult> => {
    const state: QuestionState = { id: waiting.id, way: 'page' }
    const message = formMessage(requested, requested.why)
    open.add(state.id, requested.fingerprint)
    return inputRequired({
      inputRequests: { [KEY]: inputRequired.elicitUrl({ message, url: waiting.approveUrl as string }) },
      requestState: await codec.mint(state, requested.asked.context),
    })
  }

  const answered = async (state: QuestionState, requested: Requested): Promise<Answer> => {
    const { mcpReq } = requested.asked.context
    if (!open.take(state.id, requested.fingerprint)) throw new AppError('APPROVAL_INVALID')
    const answer = inputResponse(mcpReq.inputResponses, KEY)
    if (answer.kind !== 'elicit' || answer.action !== 'accept') throw refuse(requested)
    if (state.way === 'page') return await useById(state.id, requested)
    if (answer.content?.[KEY] !== true || !requested.ways.includes('form')) throw refuse(requested)
    return { approvedBy: 'form' }
  }

  const useById = async (id: string, requested: Requested): Promise<Answer> => {
    const way: Way = id.startsWith(AT_TERMINAL) ? 'terminal' : 'page'
    const desk = deskOf(way, requested)
    if (!desk) throw new AppError('APPROVAL_INVALID')
    const used = await desk.use(id, requested.fingerprint, requested.asked.call.signal).catch((error: unknown) => {
      throw error instanceof AppError && error.code === 'APPROVAL_REFUSED' ? refuse(requested) : error
    })
    return used === 'used' ? { approvedBy: way } : told(used)
  }

  const deskOf = (way: 'page' | 'terminal', { ways, connection }: Requested): ApprovalDesk | undefined => {
    if (!ways.includes(way)) return undefined
    return way === 'terminal' ? desks.terminal : connection && desks.page(connection)
  }

  /** On the page where there is one for this person, else at a terminal. */
  const askDesks = async (requested: Requested): Promise<Waiting> => {
    beforeAsking(requested)
    const question = questionOf(requested)
    const problems: string[] = []
    for (const way of ['page', 'terminal'] as const) {
      const desk = deskOf(way, requested)
      if (!desk) continue
      try {
        return await desk.ask(question, requested.asked.call.signal)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        problems.push(`${WAY[way]}: ${error.message}`)
      }
    }
    const problem = problems.join(' ') || `of the ways that count (${requested.ways.join(', ')}) none is there`
    throw new AppError('APPROVAL_UNREACHABLE', { tool: requested.asked.tool.name, problem })
  }

  return {
    require: async (requested) => {
      const { asked, ways } = requested
      if (asked.approvalId !== undefined) return await useById(asked.approvalId, requested)
      const state = asked.context.mcpReq.requestState<QuestionState>()
      if (isState(state)) return await answered(state, requested)
      const { form, url } = asked.asks
      const isCredential = asked.risk === 'credential'
      if (form && !isCredential && ways.includes('form')) return await askForm(requested)
      const waiting = await askDesks(requested)
      return isCredential && url && waiting.approveUrl !== undefined ? await askUrl(requested, waiting) : told(waiting)
    },
  }
}

const WAY = { page: 'on a page', terminal: 'at a terminal' } as const

const isState = (state: unknown): state is QuestionState =>
  typeof state === 'object' && state !== null && 'id' in state && 'way' in state

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
