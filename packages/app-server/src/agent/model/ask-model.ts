/** Owns one answer of the model within a turn: asked again when that may help, with clients told, and its tokens counted. */
import type { ResponseItem } from '../../threads/rollout-line.ts'
import type { ToolSpec } from '../tool.ts'
import type { TurnScope } from '../turn-scope.ts'
import { AnswerReader, type Ended } from './answer-reader.ts'
import type { ModelClient } from './model-client.ts'
import { disconnected, type ModelFailure } from './model-failure.ts'
import { modelRequest } from './model-request.ts'
import { withRetries } from './retry.ts'
import { withAnswer } from './token-usage.ts'

export interface Question {
  readonly client: ModelClient
  readonly instructions: string
  readonly tools: readonly ToolSpec[]
  /** Items to ask with; asked for at each try. */
  readonly items: () => readonly ResponseItem[]
  /** With each whole item. */
  readonly whole: (item: ResponseItem) => void
  /** Clients see it grow. */
  readonly shown: boolean
}

/** All items of the answer. Rejects with ModelFailure that is final, or as the signal aborted. */
export const askModel = (scope: TurnScope, question: Question): Promise<readonly ResponseItem[]> =>
  withRetries(() => askOnce(scope, question), {
    provider: scope.context.settings.provider,
    signal: scope.signal,
    retrying: (failure, attempt, most) => tellRetry(scope, failure, `Reconnecting... ${attempt}/${most}`),
  })

const tellRetry = ({ teller }: TurnScope, { info, message }: ModelFailure, told: string): void =>
  teller.tell('error', {
    error: { message: told, codexErrorInfo: info, additionalDetails: message },
    willRetry: true,
  })

const askOnce = async (scope: TurnScope, question: Question): Promise<readonly ResponseItem[]> => {
  const { context, teller, newId, signal } = scope
  const { client, instructions, tools, items, whole, shown } = question
  const request = modelRequest({
    ...{ settings: context.settings, threadId: teller.threadId, instructions, tools, items: items() },
  })
  const reader = new AnswerReader({ teller: shown ? teller : undefined, whole, newId })
  try {
    for await (const event of client.ask(request, signal)) {
      const ended = reader.take(event)
      if (ended !== undefined) {
        count(scope, ended)
        return reader.items
      }
    }
    throw disconnected('stream closed before response.completed')
  } catch (error) {
    reader.abandon()
    // What it called already is run; the next answer goes on from there.
    if (!signal.aborted && isRetryable(error) && reader.items.some(isCall)) {
      tellRetry(scope, error, 'The answer broke off; going on with what came.')
      return reader.items
    }
    throw error
  }
}

const isRetryable = (error: unknown): error is ModelFailure => (error as Partial<ModelFailure>).retryable === true

export const isCall = ({ type }: ResponseItem): boolean => type === 'function_call' || type === 'custom_tool_call'

const count = ({ context, teller, thread }: TurnScope, { usage }: Ended): void => {
  if (usage === undefined) return
  thread.usage = withAnswer(thread.usage, usage, context.config.modelContextWindow ?? null)
  teller.tell('thread/tokenUsage/updated', { tokenUsage: thread.usage })
}
