/** Owns whether a tool of an MCP server runs: by what it says of itself, by the settings, or because a person says so. */
import type { Tool } from '@modelcontextprotocol/client'
import type { AskForApproval, SandboxPolicy } from '@towline/protocol'
import type { Accepted } from '../agent/turn.ts'
import type { McpServerConfig } from '../config/agent-config.ts'
import type { Feed } from '../feed/feed.ts'
import { wantsApproval } from './mcp-tool.ts'

/** Of the turn that calls. */
export interface McpTurn {
  readonly turnId: string
  readonly approvalPolicy: AskForApproval
  readonly sandboxPolicy: SandboxPolicy
}

/** What people allowed, for as long as the thread is there. */
export interface Remembered {
  readonly session: Accepted
  /** For good. */
  always(server: string, tool: string): Promise<void>
}

export interface ApprovalRequest {
  readonly threadId: string
  readonly turn: McpTurn
  readonly config: McpServerConfig
  readonly tool: Tool
  readonly args: Readonly<Record<string, unknown>>
  readonly feed: Feed
  readonly remembered: Remembered
  readonly signal: AbortSignal
}

/** In the words that clients know. */
const REFUSED = {
  decline: 'user rejected MCP tool call',
  cancel: 'user cancelled MCP tool call',
  never: 'MCP tool call requires approval, but approval policy is never',
} as const

/** Undefined when it may run, else why not. Rejects when the signal aborts. */
export const approveTool = async (request: ApprovalRequest): Promise<string | undefined> => {
  const { config, tool, turn, remembered } = request
  const mode = config.toolApprovals[tool.name] ?? config.approval
  const key = `mcp ${config.name}/${tool.name}`
  if (mode === 'approve' || remembered.session.has(key)) return undefined
  if (mode === 'auto' && !wantsApproval(tool)) return undefined
  if (turn.approvalPolicy === 'never' && isOpen(turn.sandboxPolicy)) return undefined
  if (!mayAsk(turn.approvalPolicy)) return REFUSED.never
  const { action, _meta } = await ask(request)
  if (action !== 'accept') return REFUSED[action]
  const persist = (_meta as { readonly persist?: unknown } | null | undefined)?.persist
  if (persist === 'session' || persist === 'always') remembered.session.add(key)
  if (persist === 'always') await remembered.always(config.name, tool.name)
  return undefined
}

const isOpen = ({ type }: SandboxPolicy): boolean => type === 'dangerFullAccess' || type === 'externalSandbox'

export const mayAsk = (policy: AskForApproval): boolean =>
  typeof policy === 'string' ? policy !== 'never' : policy.granular.mcp_elicitations

const ask = ({ threadId, turn, config, tool, args, feed, signal }: ApprovalRequest) => {
  const { name, title, description, annotations } = tool
  return feed.ask(
    'mcpServer/elicitation/request',
    {
      ...{ threadId, turnId: turn.turnId, serverName: config.name, mode: 'form' as const },
      message: `Allow the ${config.name} MCP server to run tool "${name}"?`,
      requestedSchema: { type: 'object', properties: {} },
      _meta: {
        codex_approval_kind: 'mcp_tool_call',
        persist: ['session', 'always'],
        tool_name: name,
        ...(annotations && { tool_annotations: annotations }),
        ...(title !== undefined && { tool_title: title }),
        ...(description !== undefined && { tool_description: description }),
        tool_params: args,
        tool_params_display: [],
      },
    },
    signal,
  )
}
