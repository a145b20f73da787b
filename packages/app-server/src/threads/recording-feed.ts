/** Owns what is told of a turn: it is in lines before clients hear of it, and on the disk before they are asked. */
import type { ServerRequest, ServerRequests, ThreadNotification, ThreadNotifications } from '@towline/protocol'
import type { Feed } from '../feed/feed.ts'
import type { ActiveTurn } from './active-turn.ts'
import { linesOf } from './item-lines.ts'
import type { LiveThread } from './live-thread.ts'
import type { RolloutLine } from './rollout-line.ts'

export const recordingFeed = (live: LiveThread, turn: ActiveTurn): Feed => {
  /** The agent that tells cannot be failed by it: the turn is stopped, and fails. */
  const record = (lines: readonly RolloutLine[]): void => {
    if (lines.length === 0 || live.writer.failure) return
    try {
      live.writer.write(...lines)
    } catch (error) {
      turn.stop(error as Error)
    }
  }
  return {
    emit: <Name extends ThreadNotification>(method: Name, params: ThreadNotifications[Name]): void => {
      turn.hear(method, params)
      remember(live, method, params)
      record(linesOf(method, params, live.meta.historyMode))
      live.feed.emit(method, params)
    },
    ask: async <Name extends ServerRequest>(
      method: Name,
      params: ServerRequests[Name]['params'],
      signal: AbortSignal,
    ): Promise<ServerRequests[Name]['result']> => {
      await live.log.sync()
      const answer = await live.feed.ask(method, params, signal)
      const { itemId = '' } = params as { readonly itemId?: string }
      const prior = { turnId: turn.id, itemId, method, answer }
      live.answers.push(prior)
      record([{ type: 'towline_answer', payload: { turn_id: turn.id, item_id: itemId, method, answer } }])
      return answer
    },
  }
}

/** For who comes later. */
const remember = <Name extends ThreadNotification>(
  live: LiveThread,
  method: Name,
  params: ThreadNotifications[Name],
): void => {
  if (method === 'thread/tokenUsage/updated')
    live.tokenUsage = (params as ThreadNotifications['thread/tokenUsage/updated']).tokenUsage
  if (method !== 'turn/plan/updated') return
  const { turnId, explanation, plan } = params as ThreadNotifications['turn/plan/updated']
  live.plan = { turnId, explanation, plan }
}
