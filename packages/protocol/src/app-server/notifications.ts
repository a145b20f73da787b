/** Owns what an app-server tells its clients unasked, by method. Those of a thread also carry `seq` beside `method` (docs/protocol/app-server.md). */
import type { FsNotifications } from './fs.ts'
import type { FileUpdateChange, ThreadItem } from './item.ts'
import type { ProcessNotifications } from './processes.ts'
import type { ThreadSettings } from './thread-changes.ts'
import type { ThreadReadState } from './thread-reading.ts'
import type { Thread, ThreadStatus } from './thread.ts'
import type { PlanStep, ThreadTokenUsage, Turn, TurnError } from './turn.ts'

interface OfThread {
  readonly threadId: string
}

interface OfTurn extends OfThread {
  readonly turnId: string
}

interface OfItem extends OfTurn {
  readonly itemId: string
}

interface ItemDelta extends OfItem {
  readonly delta: string
}

/** By a thread, in order, to whoever watches it. */
export interface ThreadNotifications {
  readonly error: OfTurn & { readonly error: TurnError; readonly willRetry: boolean }
  readonly 'thread/started': { readonly thread: Thread }
  readonly 'thread/status/changed': OfThread & { readonly status: ThreadStatus }
  readonly 'thread/archived': OfThread
  readonly 'thread/unarchived': OfThread
  readonly 'thread/deleted': OfThread
  readonly 'thread/closed': OfThread
  readonly 'thread/reverted': OfThread
  readonly 'thread/name/updated': OfThread & { readonly threadName?: string }
  readonly 'thread/readState/changed': OfThread & { readonly readState: ThreadReadState }
  readonly 'thread/settings/updated': OfThread & { readonly threadSettings: ThreadSettings }
  readonly 'thread/compacted': OfTurn
  readonly 'thread/environment/connected': OfThread & { readonly environmentId: string }
  readonly 'thread/environment/disconnected': OfThread & { readonly environmentId: string }
  readonly 'thread/tokenUsage/updated': OfTurn & { readonly tokenUsage: ThreadTokenUsage }
  readonly 'turn/started': OfThread & { readonly turn: Turn }
  readonly 'turn/completed': OfThread & { readonly turn: Turn }
  readonly 'turn/diff/updated': OfTurn & { readonly diff: string }
  readonly 'turn/plan/updated': OfTurn & { readonly explanation: string | null; readonly plan: readonly PlanStep[] }
  readonly 'item/started': OfTurn & { readonly item: ThreadItem; readonly startedAtMs: number }
  readonly 'item/completed': OfTurn & { readonly item: ThreadItem; readonly completedAtMs: number }
  readonly 'item/agentMessage/delta': ItemDelta
  readonly 'item/plan/delta': ItemDelta
  readonly 'item/reasoning/summaryTextDelta': ItemDelta & { readonly summaryIndex: number }
  readonly 'item/reasoning/summaryPartAdded': OfItem & { readonly summaryIndex: number }
  readonly 'item/reasoning/textDelta': ItemDelta & { readonly contentIndex: number }
  readonly 'item/commandExecution/outputDelta': ItemDelta
  readonly 'item/commandExecution/terminalInteraction': OfItem & { readonly processId: string; readonly stdin: string }
  readonly 'item/fileChange/patchUpdated': OfItem & { readonly changes: readonly FileUpdateChange[] }
  readonly 'item/mcpToolCall/progress': OfItem & { readonly message: string }
  readonly 'serverRequest/resolved': OfThread & { readonly requestId: string | number }
  readonly warning: { readonly threadId: string | null; readonly message: string }
  readonly 'mcpServer/startupStatus/updated': {
    readonly threadId: string | null
    readonly name: string
    readonly status: 'starting' | 'ready' | 'failed' | 'cancelled'
    readonly error: string | null
  }
}

export type ThreadNotification = keyof ThreadNotifications

/** To one connection, about what it began or reads; without `seq`. */
export interface ConnectionNotifications extends FsNotifications, ProcessNotifications {
  readonly configWarning: { readonly summary: string; readonly details: string | null; readonly path?: string }
  readonly deprecationNotice: { readonly summary: string; readonly details: string | null }
  readonly 'skills/changed': object
}

export type ConnectionNotification = keyof ConnectionNotifications
