/** Owns making room in a history: a summary of the model takes the place of what it tells of, and what the person said stays. */
import { LIMITS } from '@towline/protocol'
import type { ResponseItem } from '../threads/rollout-line.ts'
import { COMPACT_PROMPT, SUMMARY_PREFIX } from './context/base-instructions.ts'
import { messageOf } from './context/messages.ts'
import { contextMessages, kindOf, onlyText } from './context/turn-messages.ts'
import { askModel } from './model/ask-model.ts'
import { textOf } from './model/event-fields.ts'
import type { ModelClient } from './model/model-client.ts'
import { ModelFailure } from './model/model-failure.ts'
import { BYTES_PER_TOKEN, NOTHING } from './model/token-usage.ts'
import { orAborted } from './or-aborted.ts'
import type { TurnScope } from './turn-scope.ts'

/** Rejects with ModelFailure, or as the signal aborted; the history is as it was then. */
export const compact = async (scope: TurnScope, client: ModelClient, instructions: string): Promise<void> => {
  const { context, teller, newId } = scope
  const item = { type: 'contextCompaction', id: newId() } as const
  teller.started(item)
  const summary = await summaryOf(scope, client, instructions)
  const items = [
    ...(await orAborted(contextMessages(context), scope.signal)),
    ...keptMessages(context.history.items),
    messageOf('user', `${SUMMARY_PREFIX}\n\n${summary}`),
  ]
  context.history.replace(items, summary)
  teller.completed(item)
  countAnew(scope, items)
  teller.tell('thread/compacted', {})
}

/** What the next request will cost is not known before; about so much. */
const countAnew = ({ teller, thread }: TurnScope, items: readonly ResponseItem[]): void => {
  if (thread.usage === undefined) return
  const totalTokens = Math.ceil(JSON.stringify(items).length / BYTES_PER_TOKEN)
  thread.usage = { ...thread.usage, last: { ...NOTHING, inputTokens: totalTokens, totalTokens } }
  teller.tell('thread/tokenUsage/updated', { tokenUsage: thread.usage })
}

/** With fewer and fewer of the oldest items, where all of them are too many. */
const summaryOf = async (scope: TurnScope, client: ModelClient, instructions: string): Promise<string> => {
  const ask = messageOf('user', COMPACT_PROMPT)
  let { items } = scope.context.history
  for (;;) {
    try {
      const given = [...items, ask]
      const answer = await askModel(scope, {
        ...{ client, instructions, tools: [], items: () => given, whole: () => undefined, shown: false },
      })
      return (
        answer
          .filter(({ type }) => type === 'message')
          .map(textOf)
          .join('\n')
          .trim() || '(no summary)'
      )
    } catch (error) {
      const tooLong = error instanceof ModelFailure && error.info === 'contextWindowExceeded'
      if (!tooLong || items.length < 2) throw error
      items = items.slice(Math.ceil(items.length / 4))
    }
  }
}

/** The newest messages of the person, the oldest of them cut. */
const keptMessages = (items: readonly ResponseItem[]): readonly ResponseItem[] => {
  let room = LIMITS.agentKeptTokens * BYTES_PER_TOKEN
  const kept: ResponseItem[] = []
  for (const item of items.toReversed()) {
    if (!isOfPerson(item)) continue
    const text = textOf(item)
    if (text.length > room) {
      if (room > 0) kept.push(messageOf('user', `${text.slice(0, room)}…`))
      break
    }
    room -= text.length
    kept.push(item)
  }
  return kept.toReversed()
}

const OURS = [SUMMARY_PREFIX, '<turn_aborted>']

const isOfPerson = (item: ResponseItem): boolean => {
  if (item.type !== 'message' || item['role'] !== 'user') return false
  const text = onlyText(item)
  return text === undefined || (kindOf(text) === undefined && !OURS.some((start) => text.startsWith(start)))
}
