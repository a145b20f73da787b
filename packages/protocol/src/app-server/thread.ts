/** Owns a thread: a conversation with an agent, which lasts as a file of lines and may be gone on with. */
import type { ReasoningEffort, ThreadEnvironment } from './settings.ts'
import type { Turn } from './turn.ts'

export type ActiveFlag = 'waitingOnApproval' | 'waitingOnUserInput'

export type ThreadStatus =
  | { readonly type: 'notLoaded' | 'idle' | 'systemError' }
  | { readonly type: 'active'; readonly activeFlags: readonly ActiveFlag[] }

export interface GitInfo {
  readonly sha: string | null
  readonly branch: string | null
  readonly originUrl: string | null
}

/** Which client began it. `subAgent` is kept as it was found in files of Codex. */
export type SessionSource =
  | 'cli'
  | 'vscode'
  | 'exec'
  | 'appServer'
  | 'unknown'
  | { readonly custom: string }
  | { readonly subAgent: unknown }

/** `paginated` turns are read by pages only. */
export type HistoryMode = 'legacy' | 'paginated'

export interface Thread {
  /** UUIDv7. */
  readonly id: string
  readonly sessionId: string
  readonly forkedFromId: string | null
  readonly preview: string
  readonly ephemeral: boolean
  /** There are no projects here, but clients require it. */
  readonly projectId: string | null
  readonly historyMode: HistoryMode
  readonly modelProvider: string
  readonly model: string | null
  readonly reasoningEffort: ReasoningEffort | null
  /** Unix seconds, like all that end so. */
  readonly createdAt: number
  readonly updatedAt: number
  readonly recencyAt: number | null
  readonly status: ThreadStatus
  /** Of its file. */
  readonly path: string | null
  readonly cwd: string
  readonly cliVersion: string
  readonly originator: string | null
  readonly source: SessionSource
  readonly threadSource: string | null
  readonly gitInfo: GitInfo | null
  readonly name: string | null
  readonly environments: readonly ThreadEnvironment[] | null
  readonly turns: readonly Turn[]
}
