/** Owns the events that Codex reads of items in a rollout of its legacy history mode. */
import type { FileUpdateChange, ThreadItem } from '@towline/protocol'
import type { Json } from './json.ts'

/** None for sorts that it does not show. */
export const legacyEvents = (
  of: { readonly thread_id: string; readonly turn_id: string },
  item: ThreadItem,
): readonly Json[] => {
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
          ...{ type: 'item_completed', ...of },
          item: { type: 'Plan', id: item.id, text: item.text },
        },
      ]
    case 'fileChange':
      return [
        {
          ...{ type: 'patch_apply_end', call_id: item.id, turn_id: of.turn_id, stdout: '', stderr: '' },
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

export const changeLine = ({ kind, diff }: FileUpdateChange): Json => {
  if (kind.type !== 'update') return { type: kind.type, content: diff }
  return { type: 'update', unified_diff: diff, move_path: kind.move_path }
}

export const durationLine = (durationMs: number | null): Json => {
  const ms = durationMs ?? 0
  return { secs: Math.floor(ms / 1000), nanos: Math.floor((ms % 1000) * 1e6) }
}
