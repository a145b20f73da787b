/** Owns the lines that a turn leaves: each item whole for us, and the event beside it that Codex shows of it. */
import type { ThreadItem, ThreadNotifications } from '@towline/protocol'
import type { Json } from './json.ts'
import { legacyEvents } from './legacy-events.ts'
import type { RolloutLine } from './rollout-line.ts'
import type { SessionMeta } from './session-meta.ts'
import { stockItemLine } from './stock-item-line.ts'
import { tokenCount } from './token-usage.ts'

type HistoryMode = SessionMeta['historyMode']
type Told<Name extends keyof ThreadNotifications> = (
  params: ThreadNotifications[Name],
  mode: HistoryMode,
) => readonly RolloutLine[]

const LINES: { readonly [Name in keyof ThreadNotifications]?: Told<Name> } = {
  'item/started': ({ turnId, item }) => ('status' in item ? [itemLine(turnId, item)] : []),
  'item/completed': ({ threadId, turnId, item, completedAtMs }, mode) => [
    itemLine(turnId, item),
    ...(mode === 'paginated'
      ? [stockItemLine({ thread_id: threadId, turn_id: turnId, completed_at_ms: completedAtMs }, item)]
      : legacyEvents({ thread_id: threadId, turn_id: turnId }, item)
    ).map((payload) => event({ ...payload, item_id: item.id })),
  ],
  'thread/tokenUsage/updated': ({ tokenUsage }) => [event(tokenCount(tokenUsage))],
  'turn/plan/updated': ({ turnId, explanation, plan }) => [
    { type: 'towline_plan', payload: { turn_id: turnId, explanation, plan } },
  ],
}

/** None for what lasts only as long as it is told. `mode` is that of the file. */
export const linesOf = <Name extends keyof ThreadNotifications>(
  method: Name,
  params: ThreadNotifications[Name],
  mode: HistoryMode,
): readonly RolloutLine[] => (LINES[method] as Told<Name> | undefined)?.(params, mode) ?? []

export const event = (payload: Json): RolloutLine => ({ type: 'event_msg', payload })

export const itemLine = (turnId: string, item: ThreadItem): RolloutLine => ({
  type: 'towline_item',
  payload: { turn_id: turnId, item },
})
