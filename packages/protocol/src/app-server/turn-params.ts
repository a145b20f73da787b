/** Owns how a turn is asked for, steered and interrupted. */
import type {
  ApprovalsReviewer,
  AskForApproval,
  CollaborationMode,
  EnvironmentChoice,
  ReasoningEffort,
  ReasoningSummary,
  SandboxPolicy,
} from './settings.ts'
import type { Turn } from './turn.ts'
import type { UserInput } from './user-input.ts'

/** Told to the model, and not shown as the person's words. */
export interface AdditionalContext {
  readonly value: string
  readonly kind: 'untrusted' | 'application'
  readonly name?: string | null
}

interface Said {
  readonly threadId: string
  readonly input: readonly UserInput[]
  /** Comes back as `clientId` of the item. */
  readonly clientUserMessageId?: string | null
  readonly additionalContext?: Readonly<Record<string, AdditionalContext>> | null
}

/** What is set stays for the turns that follow, but for the schema and the context. */
export interface TurnStartParams extends Said {
  /** Null leaves those of the thread; empty for none. */
  readonly environments?: readonly EnvironmentChoice[] | null
  readonly cwd?: string | null
  readonly runtimeWorkspaceRoots?: readonly string[] | null
  readonly approvalPolicy?: AskForApproval | null
  readonly approvalsReviewer?: ApprovalsReviewer | null
  readonly sandboxPolicy?: SandboxPolicy | null
  readonly permissions?: string | null
  readonly model?: string | null
  readonly serviceTier?: string | null
  readonly effort?: ReasoningEffort | null
  readonly summary?: ReasoningSummary | null
  /** A JSON Schema that the last message keeps to. */
  readonly outputSchema?: unknown
  readonly collaborationMode?: CollaborationMode | null
}

export interface TurnSteerParams extends Said {
  /** Refused when another turn runs, or none. */
  readonly expectedTurnId: string
}

export interface TurnMethods {
  /** While a turn runs it is steered, and answered with that turn. */
  readonly 'turn/start': { readonly params: TurnStartParams; readonly result: { readonly turn: Turn } }
  readonly 'turn/steer': { readonly params: TurnSteerParams; readonly result: { readonly turnId: string } }
  readonly 'turn/interrupt': {
    readonly params: { readonly threadId: string; readonly turnId: string }
    readonly result: object
  }
}
