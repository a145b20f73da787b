/** Owns what threads are handed: the agent, its config and machines, and where they tell what happens. */
import type { Log } from '@towline/base'
import type { ToolSource } from '../agent/tool.ts'
import type { Accepted, RunTurn, TurnSettings } from '../agent/turn.ts'
import type { AgentConfig, ConfigSource } from '../config/agent-config.ts'
import type { Environments } from '../environments/environment.ts'
import type { Feed } from '../feed/feed.ts'
import type { FeedHub } from '../feed/feed-hub.ts'
import type { QuestionStore } from '../feed/question-store.ts'
import type { Json } from './json.ts'
import type { Disk } from './rollout-writer.ts'

/** For tools that belong to one thread. */
export interface ToolsOf {
  readonly threadId: string
  readonly config: AgentConfig
  readonly cwd: string
  readonly feed: Feed
  readonly accepted: Accepted
  readonly threadSource: string | null
  /** Those that the client brought (`thread/start.dynamicTools`). */
  readonly dynamicTools: readonly Json[]
}

export interface ThreadTools {
  /** For one turn. */
  sources(turn: {
    readonly turnId: string
    readonly settings: TurnSettings
    readonly feed: Feed
  }): readonly ToolSource[]
  close(): Promise<void>
}

export interface ThreadsOptions {
  /** Of the app-server, or a CODEX_HOME. */
  readonly home: string
  /** Where a thread works that names no folder. */
  readonly cwd: string
  readonly runTurn: RunTurn
  /** Makes the history shorter; its input is empty. */
  readonly compact: RunTurn
  /** Whether `runTurn` goes on with calls that the history has no answers to. */
  readonly resumesCalls: boolean
  readonly configs: ConfigSource
  readonly environments: Environments
  readonly hub: FeedHub
  /** The one of the hub: questions of turns that are over are taken out of it. */
  readonly questions: QuestionStore
  /** Opened when they are needed first, closed when the thread is unloaded. */
  readonly openTools?: (of: ToolsOf) => Promise<ThreadTools>
  /** Ours, as lines and clients have it. */
  readonly version: string
  readonly log: Log
  /** Unix ms. */
  readonly now?: () => number
  readonly disk?: Disk
}

/** Unix ms. */
export const nowOf = ({ now = Date.now }: ThreadsOptions): number => now()
