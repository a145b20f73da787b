/** Owns what a turn is made of: items, as clients of an app-server see them start, grow and end. */
import type { UserInput } from './user-input.ts'

/** Read off a command, for showing it. */
export type CommandAction =
  | { readonly type: 'read'; readonly command: string; readonly name: string; readonly path: string }
  | { readonly type: 'listFiles'; readonly command: string; readonly path: string | null }
  | { readonly type: 'search'; readonly command: string; readonly query: string | null; readonly path: string | null }
  | { readonly type: 'unknown'; readonly command: string }

export type FileChangeKind =
  | { readonly type: 'add' }
  | { readonly type: 'delete' }
  | { readonly type: 'update'; readonly move_path: string | null }

/** `diff` is unified; of a file that was added or deleted it is the whole text. */
export interface FileUpdateChange {
  readonly path: string
  readonly kind: FileChangeKind
  readonly diff: string
}

export type CallStatus = 'inProgress' | 'completed' | 'failed'
/** Of what somebody may have refused. */
export type AskedStatus = CallStatus | 'declined'

interface UserMessageItem {
  readonly type: 'userMessage'
  readonly id: string
  /** As the client called it. */
  readonly clientId: string | null
  readonly content: readonly UserInput[]
}

interface AgentMessageItem {
  readonly type: 'agentMessage'
  readonly id: string
  readonly text: string
  readonly phase: 'commentary' | 'partial_answer' | 'final_answer' | null
}

export interface PlanItem {
  readonly type: 'plan'
  readonly id: string
  readonly text: string
}

interface ReasoningItem {
  readonly type: 'reasoning'
  readonly id: string
  readonly summary: readonly string[]
  readonly content: readonly string[]
}

export interface CommandExecutionItem {
  readonly type: 'commandExecution'
  readonly id: string
  readonly command: string
  readonly cwd: string
  readonly processId: string | null
  readonly source: 'agent' | 'userShell' | 'unifiedExecStartup' | 'unifiedExecInteraction'
  readonly status: AskedStatus
  readonly commandActions: readonly CommandAction[]
  readonly aggregatedOutput: string | null
  readonly exitCode: number | null
  readonly durationMs: number | null
}

export interface FileChangeItem {
  readonly type: 'fileChange'
  readonly id: string
  readonly changes: readonly FileUpdateChange[]
  readonly status: AskedStatus
}

export interface McpToolCallItem {
  readonly type: 'mcpToolCall'
  readonly id: string
  readonly server: string
  readonly tool: string
  readonly status: CallStatus
  readonly arguments: unknown
  readonly result: {
    readonly content: readonly unknown[]
    readonly structuredContent: unknown
    readonly _meta: unknown
  } | null
  readonly error: { readonly message: string } | null
  readonly durationMs: number | null
}

export interface DynamicToolCallItem {
  readonly type: 'dynamicToolCall'
  readonly id: string
  readonly namespace: string | null
  readonly tool: string
  readonly arguments: unknown
  readonly status: CallStatus
  readonly contentItems: readonly DynamicToolContent[] | null
  readonly success: boolean | null
  readonly durationMs: number | null
}

export type DynamicToolContent =
  | { readonly type: 'inputText'; readonly text: string }
  | { readonly type: 'inputImage'; readonly imageUrl: string }

interface ImageViewItem {
  readonly type: 'imageView'
  readonly id: string
  readonly path: string
}

interface ContextCompactionItem {
  readonly type: 'contextCompaction'
  readonly id: string
}

/** Also stands for sorts that are not known here, which are passed on as they are. */
export type ThreadItem = (
  | UserMessageItem
  | AgentMessageItem
  | PlanItem
  | ReasoningItem
  | CommandExecutionItem
  | FileChangeItem
  | McpToolCallItem
  | DynamicToolCallItem
  | ImageViewItem
  | ContextCompactionItem
) & {
  readonly startedAtMs?: number | null
  readonly completedAtMs?: number | null
}
