/** Owns items as `towline exec --json` tells them: flat, in the words that scripts for stock Codex know. */
import type { PlanStep, ThreadItem } from '@towline/protocol'
import { rowOf } from '../row-of.ts'

type Of<Type extends ThreadItem['type']> = Extract<ThreadItem, { readonly type: Type }>
type Fields = Readonly<Record<string, unknown>>
type Rows = { readonly [Type in ThreadItem['type']]?: (item: Of<Type>) => Fields }

const STATUS: Readonly<Record<string, string>> = { inProgress: 'in_progress' }
const statusOf = ({ status }: { readonly status: string }): string => STATUS[status] ?? status

const ROWS: Rows = {
  agentMessage: ({ text }) => ({ type: 'agent_message', text }),
  plan: ({ text }) => ({ type: 'plan', text }),
  reasoning: ({ summary }) => ({ type: 'reasoning', text: summary.join('\n\n') }),
  commandExecution: (item) => ({
    type: 'command_execution',
    command: item.command,
    cwd: item.cwd,
    aggregated_output: item.aggregatedOutput ?? '',
    exit_code: item.exitCode,
    status: statusOf(item),
  }),
  fileChange: (item) => ({
    type: 'file_change',
    changes: item.changes.map(({ path, kind }) => ({ path, kind: kind.type })),
    status: statusOf(item),
  }),
  mcpToolCall: (item) => ({
    type: 'mcp_tool_call',
    server: item.server,
    tool: item.tool,
    arguments: item.arguments,
    result: item.result,
    error: item.error,
    status: statusOf(item),
  }),
  dynamicToolCall: (item) => ({
    type: 'dynamic_tool_call',
    namespace: item.namespace,
    tool: item.tool,
    success: item.success,
    status: statusOf(item),
  }),
  imageView: ({ path }) => ({ type: 'image_view', path }),
  contextCompaction: () => ({ type: 'context_compaction' }),
}

/** Undefined for what a script has sent itself, and for sorts that are not known here. */
export const execItem = (item: ThreadItem): Fields | undefined => {
  const row = rowOf(ROWS as Readonly<Record<string, (item: ThreadItem) => Fields>>, item.type)
  return row && { id: item.id, ...row(item) }
}

/** A plan is told as a list of things to do, which changes. */
export const todoList = (id: string, plan: readonly PlanStep[]): Fields => ({
  id,
  type: 'todo_list',
  items: plan.map(({ step, status }) => ({ text: step, completed: status === 'completed' })),
})
