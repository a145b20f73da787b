/** Owns the seam between a thread and the agent that works on one of its turns. */
import type {
  AskForApproval,
  ReasoningEffort,
  ReasoningSummary,
  SandboxPolicy,
  ThreadEnvironment,
  ThreadTokenUsage,
  TurnError,
  TurnStatus,
  UserInput,
} from '@towline/protocol'
import type { AgentConfig, ModelProvider } from '../config/agent-config.ts'
import type { Environments } from '../environments/environment.ts'
import type { Feed } from '../feed/feed.ts'
import type { ResponseItem, RolloutLine } from '../threads/rollout-line.ts'
import type { ToolSource } from './tool.ts'

/** In force for a turn; changes of a turn stay for those after it. */
export interface TurnSettings {
  readonly model: string
  readonly provider: ModelProvider
  readonly effort: ReasoningEffort | null
  readonly summary: ReasoningSummary | null
  readonly approvalPolicy: AskForApproval
  readonly sandboxPolicy: SandboxPolicy
  /** Denied paths and patterns, absolute or below the workspace roots. */
  readonly deniedPaths: readonly string[]
  /** Of the primary environment. */
  readonly cwd: string
  readonly workspaceRoots: readonly string[]
  /** Empty: none may be used. */
  readonly environments: readonly ThreadEnvironment[]
  readonly baseInstructions: string | null
  readonly developerInstructions: string | null
  /** A JSON Schema that the last message keeps to. */
  readonly outputSchema: unknown
}

/** What the model is sent: all items so far. What is appended is in the file before it is used. */
export interface History {
  readonly items: readonly ResponseItem[]
  append(...items: readonly ResponseItem[]): void
  /** After compaction. */
  replace(items: readonly ResponseItem[], summary: string): void
}

/** What a person accepted for the session, by keys of whoever asks; it lasts as long as the thread. */
export interface Accepted {
  has(key: string): boolean
  add(key: string): void
}

export interface TurnContext {
  readonly threadId: string
  readonly turnId: string
  readonly settings: TurnSettings
  readonly config: AgentConfig
  readonly history: History
  readonly feed: Feed
  /** What clients see of the turn is recorded by the thread from the feed; this is for lines that have no notification. */
  record(line: RolloutLine): void
  readonly accepted: Accepted
  readonly environments: Environments
  /** Tools beside those of this room: MCP servers, those of clients. */
  readonly tools: readonly ToolSource[]
  /** Tokens that the thread used before, as it was last told; absent for a new one. */
  readonly usage?: ThreadTokenUsage | undefined
  /** Aborts when a person interrupts. */
  readonly signal: AbortSignal
  /** What was said while the turn ran; it is asked between answers of the model, and taken once. Clients were told of its items by the thread, as of the first input. */
  takeSteered(): readonly { readonly input: readonly UserInput[]; readonly clientId: string | null }[]
}

export interface TurnOutcome {
  readonly status: Exclude<TurnStatus, 'inProgress'>
  readonly error: TurnError | null
}

/**
 * Works until the agent has nothing more to do. Never rejects for what the outside did: that is a failed outcome. With no
 * input it goes on with a turn that the end of the server cut off: first with the calls that the history has no answers to.
 */
export type RunTurn = (context: TurnContext, input: readonly UserInput[]) => Promise<TurnOutcome>
