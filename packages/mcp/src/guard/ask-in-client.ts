/** Owns asking a person through the agent's own client: a form that is the yes itself, or a page that the client opens. */
import { newId } from '@towline/base'
import {
  inputRequired,
  type InputRequiredResult,
  inputResponse,
  type RequestStateCodec,
} from '@modelcontextprotocol/server'
import { AppError, type Limits } from '@towline/protocol'
import type { Waiting } from './approval-desk.ts'
import { OpenQuestions, type QuestionState } from './open-questions.ts'
import { formMessage } from './question-text.ts'
import type { Requested } from './requested.ts'

export interface InClient {
  /** Throws APPROVAL_TOO_LONG. */
  askForm(requested: Requested): Promise<InputRequiredResult>
  /** Saying that the page was opened allows nothing: the word is given there. */
  askUrl(requested: Requested, waiting: Waiting): Promise<InputRequiredResult>
  /** What came back with the call, when it carries an answer; each question is answered once. Throws APPROVAL_INVALID. */
  answerOf(requested: Requested): Answered | undefined
}

export interface Answered {
  readonly state: QuestionState
  /** Anything but a yes in the right form is a no. */
  readonly said: 'yes' | 'opened' | 'no'
}

const KEY = 'confirm'
const CONFIRM = {
  type: 'object' as const,
  properties: { [KEY]: { type: 'boolean' as const, title: 'Allow it this once' } },
  required: [KEY],
}

export const openInClient = (
  codec: RequestStateCodec<QuestionState>,
  limits: Pick<Limits, 'questionsOpen' | 'questionSeconds' | 'questionGraceSeconds'>,
  clock: () => number,
): InClient => {
  const open = new OpenQuestions(limits, clock)
  const ask = async (
    { asked, fingerprint }: Requested,
    state: QuestionState,
    question: ReturnType<typeof inputRequired.elicit>,
  ): Promise<InputRequiredResult> => {
    const requestState = await codec.mint(state, asked.context)
    open.add(state.id, fingerprint)
    return inputRequired({ inputRequests: { [KEY]: question }, requestState })
  }
  return {
    askForm: async (requested) => {
      const form = { message: formMessage(requested, requested.why), requestedSchema: CONFIRM }
      return await ask(requested, { id: newId('apr'), way: 'form' }, inputRequired.elicit(form))
    },
    askUrl: async (requested, { id, approveUrl }) => {
      const page = { message: formMessage(requested, requested.why), url: approveUrl as string }
      return await ask(requested, { id, way: 'page' }, inputRequired.elicitUrl(page))
    },
    answerOf: ({ asked, fingerprint }) => {
      const { mcpReq } = asked.context
      const state = mcpReq.requestState<QuestionState>()
      if (!isState(state)) return undefined
      if (!open.take(state.id, fingerprint)) throw new AppError('APPROVAL_INVALID')
      const answer = inputResponse(mcpReq.inputResponses, KEY)
      if (answer.kind !== 'elicit' || answer.action !== 'accept') return { state, said: 'no' }
      if (state.way === 'page') return { state, said: 'opened' }
      return { state, said: answer.content?.[KEY] === true ? 'yes' : 'no' }
    },
  }
}

const isState = (state: unknown): state is QuestionState =>
  typeof state === 'object' && state !== null && 'id' in state && 'way' in state
