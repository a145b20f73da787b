/** Owns the lines that a turn leaves: each item whole for us, and the event beside it that Codex shows of it. */
import type { FileUpdateChange, ThreadItem, ThreadNotifications } from '@towline/protocol'
import type { Json } from './json.ts'
import type { RolloutLine } from './rollout-line.ts'
import { tokenCount } from './token-usage.ts'

type Told<Name extends keyof ThreadNotifications> = (params: ThreadNotifications[Name]) => readonly RolloutLine[]

const LINES: { readonly [Name in keyof ThreadNotifications]?: Told<Name> } = {
  'item/started': ({ turnId, item }) => ('status' in item ? [itemLine(turnId, item)] : []),
  'item/completed': ({ threadId, turnId, item }) => [
    itemLine(turnId, item),
    ...stockEvents({ threadId, turnId }, item).map((payload) => event({ ...payload, item_id: item.id })),
  ],
  'thread/tokenUsage/updated': ({ tokenUsage }) => [event(tokenCount(tokenUsage))],
  'turn/plan/updated': ({ turnId, explanation, plan }) => [
    { type: 'towline_plan', payload: { turn_id: turnId, explanation, plan } },
  ],
}

/** None for what lasts only as long as it is told. */
export const linesOf = <Name extends keyof ThreadNotifications>(
  method: Name,
  params: ThreadNotifications[Name],
): readonly RolloutLine[] => (LINES[method] as Told<Name> | undefined)?.(params) ?? []

export const event = (payload: Json): RolloutLine => ({ type: 'event_msg', payload })

const itemLine = (turnId: string, item: ThreadItem): RolloutLine => ({
  type: 'towline_item',
  payload: { turn_id: turnId, item },
})

/** Those of the legacy history mode of Codex. */
const stockEvents = (of: { readonly threadId: string; readonly turnId: string }, item: ThreadItem): readonly Json[] => {
  switch (item.type) {
    case 'userMessage':
      return [userMessage(item)]
    case 'agentMessage':
      return [{ type: 'agent_message', message: item.text, phase: item.phase, memory_citation: null }]
    case 'reasoning':
      return (item.summary.length > 0 ? item.summary : item.content).map((text) => ({ type: 'agent_reasoning', text }))
    case 'plan':
      return [
        {
          ...{ type: 'item_completed', thread_id: of.threadId, turn_id: of.turnId },
          item: { type: 'Plan', id: item.id, text: item.text },
        },
      ]
    case 'fileChange':
      return [
        {
          ...{ type: 'patch_apply_end', call_id: item.id, turn_id: of.turnId, stdout: '', stderr: '' },
          ...{ success: item.status === 'completed', status: item.status },
          changes: Object.fromEntries(item.changes.map((change) => [change.path, changeLine(change)])),
        },
      ]
    case 'mcpToolCall':
      return [
        {
          ...{ type: 'mcp_tool_call_end', call_id: item.id },
          invocation: { server: item.server, tool: item.tool, arguments: item.arguments },
          duration: durationLine(item.durationMs),
          result: item.result ? { Ok: item.result } : { Err: item.error?.message ?? 'failed' },
        },
      ]
    case 'contextCompaction':
      return [{ type: 'context_compacted' }]
    default:
      return []
  }
}

const userMessage = ({ content, clientId }: Extract<ThreadItem, { type: 'userMessage' }>): Json => {
  const texts = content.filter((part) => part.type === 'text')
  return {
    ...{ type: 'user_message', message: texts.map(({ text }) => text).join('\n') },
    images: content.flatMap((part) => (part.type === 'image' ? [part.url] : [])),
    local_images: content.flatMap((part) => (part.type === 'localImage' ? [part.path] : [])),
    text_elements: texts.flatMap((part) => part.text_elements),
    ...(clientId !== null && { client_id: clientId }),
  }
}

const changeLine = ({ kind, diff }: FileUpdateChange): Json => {
  if (kind.type !== 'update') return { type: kind.type, content: diff }
  return { type: 'update', unified_diff: diff, move_path: kind.move_path }
}

const durationLine = (durationMs: number | null): Json => {
  const ms = durationMs ?? 0
  return { secs: Math.floor(ms / 1000), nanos: Math.floor((ms % 1000) * 1e6) }
}
