/** Owns what clients do to a thread beside its turns. */
import type { Page, PageParams } from './page.ts'
import type {
  ApprovalsReviewer,
  AskForApproval,
  CollaborationMode,
  ReasoningEffort,
  ReasoningSummary,
  SandboxPolicy,
  ThreadEnvironment,
  TurnSettingsParams,
} from './settings.ts'
import type { Thread } from './thread.ts'

interface OfThread {
  readonly threadId: string
}

/** For the turns that follow; absent or null stays as it is. */
export interface ThreadSettingsParams extends OfThread, TurnSettingsParams {}

/** As they are told by `thread/settings/updated`. */
export interface ThreadSettings {
  readonly cwd: string
  readonly environments: readonly ThreadEnvironment[] | null
  readonly approvalPolicy: AskForApproval
  readonly approvalsReviewer: ApprovalsReviewer
  readonly sandboxPolicy: SandboxPolicy
  readonly model: string
  readonly modelProvider: string
  readonly serviceTier: string | null
  readonly effort: ReasoningEffort | null
  readonly summary: ReasoningSummary | null
  readonly collaborationMode: CollaborationMode
}

/** A command that was left running. */
export interface BackgroundTerminal {
  readonly itemId: string
  readonly processId: string
  readonly command: string
  readonly cwd: string
  readonly osPid: number | null
  readonly cpuPercent: number | null
  readonly rssKb: number | null
}

/** Absent or null stays as it is. `sha: null` of `gitInfo` clears it. */
export interface ThreadMetadataParams extends OfThread {
  readonly projectId?: string | null
  readonly gitInfo?: {
    readonly sha?: string | null
    readonly branch?: string | null
    readonly originUrl?: string | null
  } | null
}

export interface ThreadChangeMethods {
  readonly 'thread/metadata/update': {
    readonly params: ThreadMetadataParams
    readonly result: { readonly thread: Thread }
  }
  readonly 'thread/archive': { readonly params: OfThread; readonly result: object }
  readonly 'thread/unarchive': { readonly params: OfThread; readonly result: { readonly thread: Thread } }
  readonly 'thread/delete': { readonly params: OfThread; readonly result: object }
  readonly 'thread/unsubscribe': {
    readonly params: OfThread
    readonly result: { readonly status: 'notLoaded' | 'notSubscribed' | 'unsubscribed' }
  }
  readonly 'thread/name/set': { readonly params: OfThread & { readonly name: string }; readonly result: object }
  readonly 'thread/settings/update': { readonly params: ThreadSettingsParams; readonly result: object }
  /** Items of the Responses API, which the model finds in the history. */
  readonly 'thread/inject_items': {
    readonly params: OfThread & { readonly items: readonly unknown[] }
    readonly result: object
  }
  readonly 'thread/compact/start': { readonly params: OfThread; readonly result: object }
  /** A command line of the person, which runs without sandbox. */
  readonly 'thread/shellCommand': {
    readonly params: OfThread & { readonly command: string; readonly timeoutMs?: number | null }
    readonly result: object
  }
  readonly 'thread/backgroundTerminals/list': {
    readonly params: OfThread & PageParams
    readonly result: Page<BackgroundTerminal>
  }
  readonly 'thread/backgroundTerminals/terminate': {
    readonly params: OfThread & { readonly processId: string }
    readonly result: { readonly terminated: boolean }
  }
  readonly 'thread/backgroundTerminals/clean': { readonly params: OfThread; readonly result: object }
}
