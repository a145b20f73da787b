/** Owns what each event of a rollout says, by its type. */
import type { ThreadItem, TurnError, UserInput } from '@towline/protocol'
import { errorInfoOf } from '../error-info.ts'
import { type Json, list, number, object, text, texts } from '../json.ts'
import { tokenUsageOf } from '../token-usage.ts'
import type { Projection } from './projection.ts'
import { command, fileChange, mcpToolCall, phaseOf, stockItem } from './stock-item.ts'

type Event = (into: Projection, event: Json) => void

const begin: Event = (into, event) => {
  const id = text(event['turn_id'])
  if (id !== undefined) into.begin(id, number(event['started_at']) ?? null)
}

const complete: Event = (into, event) => {
  const error = errorOf(event['error'])
  into.turnList.end(text(event['turn_id']), {
    ...{ status: error ? 'failed' : 'completed', error, ...ending(event) },
  })
}

/** Our own lines have the item whole beside it: the event is for Codex. */
const unlessTwice =
  (event: Event): Event =>
  (into, payload) => {
    if (payload['item_id'] === undefined) event(into, payload)
  }

export const EVENTS: Readonly<Record<string, Event>> = {
  task_started: begin,
  turn_started: begin,
  task_complete: complete,
  turn_complete: complete,
  turn_aborted: (into, event) => into.turnList.end(text(event['turn_id']), { status: 'interrupted', ...ending(event) }),
  user_message: (into, event) => {
    into.preview ||= text(event['message']) ?? ''
    if (event['item_id'] === undefined) say(into, event)
  },
  agent_message: unlessTwice((into, event) =>
    into.turnList.add({
      ...{ type: 'agentMessage', id: into.turnList.nextItemId(), text: text(event['message']) ?? '' },
      phase: phaseOf(event['phase']),
    }),
  ),
  agent_reasoning: unlessTwice((into, event) => reason(into, text(event['text']) ?? '')),
  exec_command_end: unlessTwice((into, event) => called(into, event, command)),
  patch_apply_end: unlessTwice((into, event) => called(into, event, fileChange)),
  mcp_tool_call_end: unlessTwice((into, event) => called(into, event, mcpToolCall)),
  item_completed: unlessTwice((into, event) => {
    const item = stockItem(object(event['item']) ?? {})
    if (!item) return
    if (item.type === 'userMessage') into.preview ||= wordsOf(item.content)
    const times = { startedAtMs: number(event['started_at_ms']), completedAtMs: number(event['completed_at_ms']) }
    into.turnList.add({ ...item, ...known(times) } as ThreadItem, text(event['turn_id']))
  }),
  context_compacted: unlessTwice((into) =>
    into.turnList.add({ type: 'contextCompaction', id: into.turnList.nextItemId() }),
  ),
  token_count: (into, event) => {
    into.tokenUsage = tokenUsageOf(event) ?? into.tokenUsage
  },
  thread_name_updated: (into, event) => {
    into.name = text(event['thread_name']) ?? into.name
  },
  thread_rolled_back: (into, event) => into.dropTurns(number(event['num_turns']) ?? 0),
}

const known = (times: Json): Json =>
  Object.fromEntries(Object.entries(times).filter(([, value]) => value !== undefined))

const wordsOf = (content: readonly UserInput[]): string =>
  content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')

const say = (into: Projection, event: Json): void => {
  // Early versions have no other sign of a turn.
  const { last } = into.turnList
  if (!last || (last.id.startsWith('turn-') && into.turnList.lastItem()))
    into.begin(`turn-${into.turnList.count + 1}`, null)
  const message = text(event['message']) ?? ''
  into.turnList.add({
    ...{ type: 'userMessage', id: into.turnList.nextItemId(), clientId: text(event['client_id']) ?? null },
    content: [
      ...(message ? [{ type: 'text', text: message, text_elements: list(event['text_elements']) } as const] : []),
      ...texts(event['images']).map((url) => ({ type: 'image', url }) as const),
      ...texts(event['local_images']).map((path) => ({ type: 'localImage', path }) as const),
    ],
  })
}

/** Thoughts that follow each other are one item. */
const reason = (into: Projection, thought: string): void => {
  const last = into.turnList.lastItem()
  if (last?.type === 'reasoning' && last.id.startsWith('item-'))
    return into.turnList.add({ ...last, summary: [...last.summary, thought] })
  into.turnList.add({ type: 'reasoning', id: into.turnList.nextItemId(), summary: [thought], content: [] })
}

const called = (into: Projection, event: Json, read: (id: string, event: Json) => ThreadItem): void => {
  const id = text(event['call_id'])
  if (id !== undefined) into.turnList.add(read(id, event), text(event['turn_id']))
}

const errorOf = (value: unknown): TurnError | null => {
  const error = object(value)
  if (!error) return null
  return {
    ...{ message: text(error['message']) ?? '', codexErrorInfo: errorInfoOf(error['codex_error_info']) },
    additionalDetails: text(error['additional_details']) ?? null,
  }
}

const ending = (event: Json) => ({
  completedAt: number(event['completed_at']) ?? null,
  durationMs: number(event['duration_ms']) ?? null,
})
