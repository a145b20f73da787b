/** Owns one call of a tool of an MCP server: the item that clients see, the approval, the answer for the model. */
import type { McpToolCallItem } from '@towline/protocol'
import type { ToolCall, ToolOutput } from '../agent/tool.ts'
import type { Feed } from '../feed/feed.ts'
import { type ApprovalRequest, approveTool, type McpTurn, type Remembered } from './approve-tool.ts'
import { outputOf, resultOf } from './mcp-output.ts'
import type { McpServer } from './mcp-server.ts'
import type { McpTool } from './mcp-tool.ts'

export interface CallContext {
  readonly threadId: string
  readonly turn: McpTurn
  readonly server: McpServer
  readonly feed: Feed
  readonly remembered: Remembered
}

type Args = Readonly<Record<string, unknown>>
type Ending = Pick<McpToolCallItem, 'status' | 'result' | 'error'>

/** Never rejects for what the tool did. */
export const callMcpTool = async (call: ToolCall, { tool }: McpTool, context: CallContext): Promise<ToolOutput> => {
  const { threadId, turn, server, feed } = context
  const args = argsOf(call.input)
  const startedAtMs = Date.now()
  const begun: McpToolCallItem = {
    ...{ type: 'mcpToolCall', id: call.callId, server: server.config.name, tool: tool.name, status: 'inProgress' },
    ...{ arguments: args ?? call.input, result: null, error: null, durationMs: null },
  }
  const at = { threadId, turnId: turn.turnId }
  feed.emit('item/started', { ...at, startedAtMs, item: { ...begun, startedAtMs, completedAtMs: null } })
  const request = { ...context, config: server.config, tool, args: args ?? {}, signal: call.signal }
  const ending = args ? await run(call, request, context) : failed('the arguments are no JSON object')
  const completedAtMs = Date.now()
  const item = { ...begun, ...ending, durationMs: completedAtMs - startedAtMs, startedAtMs, completedAtMs }
  feed.emit('item/completed', { ...at, item, completedAtMs })
  return ending.result ? outputOf(ending.result) : (ending.error?.message ?? '')
}

const run = async (call: ToolCall, request: ApprovalRequest, context: CallContext): Promise<Ending> => {
  const { callId, signal } = call
  const { threadId, turn, server, feed } = context
  try {
    const refusal = await approveTool(request)
    if (refusal !== undefined) return failed(refusal)
    const answer = await server.call(request.tool.name, request.args, {
      signal,
      meta: {
        callId,
        threadId,
        'x-codex-turn-metadata': { session_id: threadId, thread_id: threadId, turn_id: turn.turnId },
      },
      progress: (message) =>
        feed.emit('item/mcpToolCall/progress', { threadId, turnId: turn.turnId, itemId: callId, message }),
    })
    return { status: answer.isError ? 'failed' : 'completed', result: resultOf(answer), error: null }
  } catch (error) {
    return failed(signal.aborted ? 'the call was interrupted' : `tool call error: ${(error as Error).message}`)
  }
}

const failed = (message: string): Ending => ({ status: 'failed', result: null, error: { message } })

const argsOf = (input: string): Args | undefined => {
  if (input.trim() === '') return {}
  try {
    const args = JSON.parse(input) as unknown
    return typeof args === 'object' && args !== null && !Array.isArray(args) ? (args as Args) : undefined
  } catch {
    return undefined
  }
}
