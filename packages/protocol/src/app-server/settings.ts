/** Owns how a thread works, until a turn or a client changes it: what it may touch, whom it asks, which model and machine it uses. */

export type SandboxMode = 'read-only' | 'workspace-write' | 'danger-full-access'

export type SandboxPolicy =
  | { readonly type: 'dangerFullAccess' }
  | { readonly type: 'readOnly'; readonly networkAccess: boolean }
  /** Somebody else keeps it in: nothing is enforced here. */
  | { readonly type: 'externalSandbox'; readonly networkAccess: 'restricted' | 'enabled' }
  | {
      readonly type: 'workspaceWrite'
      readonly writableRoots: readonly string[]
      readonly networkAccess: boolean
      readonly excludeTmpdirEnvVar: boolean
      readonly excludeSlashTmp: boolean
    }

export interface GranularApproval {
  readonly sandbox_approval: boolean
  readonly rules: boolean
  readonly skill_approval: boolean
  readonly request_permissions: boolean
  readonly mcp_elicitations: boolean
}

export type AskForApproval = 'untrusted' | 'on-request' | 'never' | { readonly granular: GranularApproval }

export type ReasoningEffort = string
export type ReasoningSummary = 'auto' | 'concise' | 'detailed' | 'none'

/** Where a turn works; the first of a list is the primary one. */
export interface ThreadEnvironment {
  readonly environmentId: string
  readonly cwd: string
  readonly runtimeWorkspaceRoots: readonly string[]
}

/** Codex also has reviewers that are models; here a person decides. */
export type ApprovalsReviewer = 'user' | 'auto_review' | 'guardian_subagent'

/** As a client chooses one; without roots the folder is the only one. */
export interface EnvironmentChoice {
  readonly environmentId: string
  readonly cwd: string
  readonly runtimeWorkspaceRoots?: readonly string[] | null
}

/** How stock clients say which model answers; `plan` is taken as `default`. */
export interface CollaborationMode {
  readonly mode: 'plan' | 'default'
  readonly settings: {
    readonly model: string
    readonly reasoning_effort: ReasoningEffort | null
    readonly developer_instructions: string | null
  }
}

/** How turns work from now on; absent or null stays as it is. */
export interface TurnSettingsParams {
  readonly cwd?: string | null
  /** Empty for none. */
  readonly environments?: readonly EnvironmentChoice[] | null
  readonly approvalPolicy?: AskForApproval | null
  readonly approvalsReviewer?: ApprovalsReviewer | null
  readonly sandboxPolicy?: SandboxPolicy | null
  readonly permissions?: string | null
  readonly model?: string | null
  readonly serviceTier?: string | null
  readonly effort?: ReasoningEffort | null
  readonly summary?: ReasoningSummary | null
  readonly collaborationMode?: CollaborationMode | null
}
