/** Owns how a thread begins, goes on and branches, and what is told of it then. */
import type { SortDirection, TwoWayPage } from './page.ts'
import type {
  ApprovalsReviewer,
  AskForApproval,
  CollaborationMode,
  EnvironmentChoice,
  ReasoningEffort,
  SandboxMode,
  SandboxPolicy,
} from './settings.ts'
import type { HistoryMode, Thread } from './thread.ts'
import type { Turn, TurnItemsView } from './turn.ts'

/** A tool of the client, which is called by `item/tool/call`. */
export interface DynamicFunction {
  readonly name: string
  readonly description: string
  /** A JSON Schema. */
  readonly inputSchema: unknown
  readonly deferLoading?: boolean
}

export type DynamicTool =
  | ({ readonly type: 'function' } & DynamicFunction)
  | {
      readonly type: 'namespace'
      readonly name: string
      readonly description: string
      readonly tools: readonly ({ readonly type: 'function' } & DynamicFunction)[]
    }

/** What is null or absent is as config.toml says, or as the thread was. */
export interface ThreadOverrides {
  readonly model?: string | null
  readonly modelProvider?: string | null
  readonly serviceTier?: string | null
  readonly cwd?: string | null
  readonly runtimeWorkspaceRoots?: readonly string[] | null
  readonly approvalPolicy?: AskForApproval | null
  readonly approvalsReviewer?: ApprovalsReviewer | null
  readonly sandbox?: SandboxMode | null
  /** Id of a profile, instead of `sandbox`. */
  readonly permissions?: string | null
  /** Dotted names as in config.toml. */
  readonly config?: Readonly<Record<string, unknown>> | null
  readonly baseInstructions?: string | null
  readonly developerInstructions?: string | null
}

export interface ThreadStartParams extends ThreadOverrides {
  readonly ephemeral?: boolean | null
  readonly historyMode?: HistoryMode | null
  readonly sessionStartSource?: string | null
  readonly threadSource?: string | null
  readonly serviceName?: string | null
  /** Null for the default one; empty for none. */
  readonly environments?: readonly EnvironmentChoice[] | null
  readonly dynamicTools?: readonly DynamicTool[] | null
}

export interface ThreadResumeParams extends ThreadOverrides {
  readonly threadId: string
  /** Of a rollout, instead of what the id names. */
  readonly path?: string | null
  readonly excludeTurns?: boolean
  readonly initialTurnsPage?: {
    readonly limit?: number | null
    readonly sortDirection?: SortDirection | null
    readonly itemsView?: TurnItemsView | null
  } | null
}

export interface ThreadForkParams extends ThreadOverrides {
  readonly threadId: string
  readonly path?: string | null
  /** The last turn that is kept. */
  readonly lastTurnId?: string | null
  /** The first turn that is not. */
  readonly beforeTurnId?: string | null
  readonly ephemeral?: boolean
  readonly threadSource?: string | null
  readonly excludeTurns?: boolean
}

export interface ThreadStarted {
  readonly thread: Thread
  readonly model: string
  readonly modelProvider: string
  readonly serviceTier: string | null
  readonly cwd: string
  readonly runtimeWorkspaceRoots: readonly string[]
  /** Files that the agent was instructed by. */
  readonly instructionSources: readonly string[]
  readonly approvalPolicy: AskForApproval
  readonly approvalsReviewer: ApprovalsReviewer
  readonly sandbox: SandboxPolicy
  readonly activePermissionProfile?: { readonly id: string; readonly extends: string | null } | null
  readonly reasoningEffort: ReasoningEffort | null
  /** An extension. */
  readonly towline?: ThreadStanding
}

/** Where a thread stands, beside what stock clients are told. */
export interface ThreadStanding {
  /** Of the newest notification: what follows has greater ones. */
  readonly seq: number
  /** The newest; null for none. */
  readonly plan: unknown
  /** What was asked in the thread and answered, oldest first. */
  readonly approvals: readonly unknown[]
  /** Why the thread is not whole; null when it is. */
  readonly damage: string | null
}

export interface ThreadResumed extends ThreadStarted {
  readonly collaborationMode?: CollaborationMode | null
  readonly initialTurnsPage?: TwoWayPage<Turn> | null
  /** Of the newest; only of threads whose history is paginated. */
  readonly turnsBackwardsCursor?: string | null
  readonly itemsBackwardsCursor?: string | null
}

export interface ThreadStartMethods {
  readonly 'thread/start': { readonly params: ThreadStartParams; readonly result: ThreadStarted }
  readonly 'thread/resume': { readonly params: ThreadResumeParams; readonly result: ThreadResumed }
  readonly 'thread/fork': { readonly params: ThreadForkParams; readonly result: ThreadStarted }
  /** An extension: resumes a thread that another process writes. `force` also while that one does not let go. */
  readonly 'towline/thread/takeover': {
    readonly params: { readonly threadId: string; readonly force?: boolean | null }
    readonly result: ThreadResumed
  }
}
