/** Owns what Codex writes of items (`item_completed` and the events before it) as items that clients are shown. */
import { fileURLToPath } from 'node:url'
import {
  type AskedStatus,
  type CommandAction,
  commandLine,
  type FileUpdateChange,
  type ThreadItem,
  type UserInput,
} from '@towline/protocol'
import { type Json, list, number, object, objects, text, texts } from '../json.ts'

type Reader = (id: string, item: Json) => ThreadItem

/** By the name in `item_completed`. */
const READERS: Readonly<Record<string, Reader>> = {
  UserMessage: (id, item) => ({
    ...{ type: 'userMessage', id, clientId: text(item['client_id']) ?? null },
    content: objects(item['content']) as unknown as readonly UserInput[],
  }),
  AgentMessage: (id, item) => ({
    ...{ type: 'agentMessage', id, phase: phaseOf(item['phase']) },
    text: objects(item['content'])
      .map((part) => text(part['text']) ?? '')
      .join(''),
  }),
  Plan: (id, item) => ({ type: 'plan', id, text: text(item['text']) ?? '' }),
  Reasoning: (id, item) => ({
    ...{ type: 'reasoning', id },
    summary: texts(item['summary_text']),
    content: texts(item['raw_content']),
  }),
  CommandExecution: (id, item) => command(id, item),
  FileChange: (id, item) => fileChange(id, item),
  McpToolCall: (id, item) => ({
    ...{ type: 'mcpToolCall', id, server: text(item['server']) ?? '', tool: text(item['tool']) ?? '' },
    ...{ status: callStatus(item['status']), arguments: item['arguments'] ?? null },
    ...{ result: mcpResult(item['result']), error: failure(item['error']), durationMs: millis(item['duration']) },
  }),
  ContextCompaction: (id) => ({ type: 'contextCompaction', id }),
  ImageView: (id, item) => ({ type: 'imageView', id, path: pathOf(item['path']) }),
}

/** A sort that is not known is passed on as it is, with its name as clients would have it. */
export const stockItem = (item: Json): ThreadItem | undefined => {
  const type = text(item['type'])
  const id = text(item['id'])
  if (!type || !id) return undefined
  const read = Object.hasOwn(READERS, type) ? READERS[type] : undefined
  if (read) return read(id, item)
  return { ...item, type: `${type.charAt(0).toLowerCase()}${type.slice(1)}`, id } as unknown as ThreadItem
}

export const command = (id: string, item: Json): ThreadItem => ({
  ...{ type: 'commandExecution', id, command: commandLine(texts(item['command'])), cwd: pathOf(item['cwd']) },
  ...{ processId: text(item['process_id']) ?? null, source: sourceOf(item['source']), status: asked(item['status']) },
  commandActions: objects(item['parsed_cmd']).map(action),
  ...{ aggregatedOutput: text(item['aggregated_output']) ?? null, exitCode: number(item['exit_code']) ?? null },
  durationMs: millis(item['duration']),
})

export const fileChange = (id: string, item: Json): ThreadItem => ({
  ...{ type: 'fileChange', id, status: asked(item['status']) },
  changes: Object.entries(object(item['changes']) ?? {}).map(([path, change]) => update(path, object(change) ?? {})),
})

/** As the event of older versions has it. */
export const mcpToolCall = (id: string, { invocation, result, duration }: Json): ThreadItem => {
  const { server, tool, arguments: args = null } = object(invocation) ?? {}
  const { Ok, Err } = object(result) ?? {}
  const answer = mcpResult(Ok)
  return {
    ...{ type: 'mcpToolCall', id, server: text(server) ?? '', tool: text(tool) ?? '', arguments: args },
    ...{ status: answer && object(Ok)?.['isError'] !== true ? 'completed' : 'failed', result: answer },
    ...{ error: text(Err) === undefined ? null : { message: text(Err) as string }, durationMs: millis(duration) },
  }
}

export const phaseOf = (phase: unknown): 'commentary' | 'final_answer' | null =>
  phase === 'commentary' || phase === 'final_answer' ? phase : null

const STATUS: Readonly<Record<string, AskedStatus>> = {
  ...{ in_progress: 'inProgress', inProgress: 'inProgress', completed: 'completed' },
  ...{ failed: 'failed', declined: 'declined' },
}
const asked = (status: unknown): AskedStatus => STATUS[text(status) ?? ''] ?? 'completed'

const callStatus = (status: unknown): 'inProgress' | 'completed' | 'failed' => {
  const told = asked(status)
  return told === 'declined' ? 'failed' : told
}

const SOURCES = {
  user_shell: 'userShell',
  unified_exec_startup: 'unifiedExecStartup',
  unified_exec_interaction: 'unifiedExecInteraction',
} as const
const sourceOf = (source: unknown): 'agent' | (typeof SOURCES)[keyof typeof SOURCES] =>
  SOURCES[source as keyof typeof SOURCES] ?? 'agent'

const pathOf = (value: unknown): string => {
  const path = text(value) ?? ''
  try {
    return path.startsWith('file:') ? fileURLToPath(path) : path
  } catch {
    return path
  }
}

const action = (parsed: Json): CommandAction => {
  const words = text(parsed['cmd']) ?? ''
  const path = text(parsed['path']) ?? null
  if (parsed['type'] === 'read')
    return { type: 'read', command: words, name: text(parsed['name']) ?? '', path: path ?? '' }
  if (parsed['type'] === 'list_files') return { type: 'listFiles', command: words, path }
  if (parsed['type'] === 'search') return { type: 'search', command: words, query: text(parsed['query']) ?? null, path }
  return { type: 'unknown', command: words }
}

const update = (path: string, change: Json): FileUpdateChange => {
  const content = text(change['content']) ?? ''
  if (change['type'] === 'add') return { path, kind: { type: 'add' }, diff: content }
  if (change['type'] === 'delete') return { path, kind: { type: 'delete' }, diff: content }
  const move = text(change['move_path']) ?? null
  return { path, kind: { type: 'update', move_path: move }, diff: text(change['unified_diff']) ?? '' }
}

const mcpResult = (value: unknown) => {
  const result = object(value)
  if (!result) return null
  const { content, structuredContent, structured_content, _meta = null } = result
  return { content: list(content), structuredContent: structuredContent ?? structured_content ?? null, _meta }
}

const failure = (value: unknown) => {
  const message = text(value) ?? text(object(value)?.['message'])
  return message === undefined ? null : { message }
}

const millis = (value: unknown): number | null => {
  const duration = object(value)
  if (!duration) return null
  return (number(duration['secs']) ?? 0) * 1000 + Math.floor((number(duration['nanos']) ?? 0) / 1e6)
}
