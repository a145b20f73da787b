/** Owns how threads are found and read back: lists, searches, and pages of turns and items. */
import type { ThreadItem } from './item.ts'
import type { Page, PageParams, SortDirection, TwoWayPage } from './page.ts'
import type { Thread } from './thread.ts'
import type { Turn, TurnItemsView } from './turn.ts'

export type ThreadSortKey = 'created_at' | 'updated_at' | 'recency_at' | 'section_position'

interface Chosen extends PageParams {
  readonly includeAttachedThreads?: boolean
  readonly currentAccountOnly?: boolean
  readonly sortDirection?: SortDirection | null
  /** Empty or null: those that a person started. */
  readonly sourceKinds?: readonly string[] | null
  readonly archived?: boolean | null
}

export interface ThreadListParams extends Chosen {
  readonly sortKey?: ThreadSortKey | null
  readonly excludedThreadIds?: readonly string[] | null
  readonly modelProviders?: readonly string[] | null
  readonly originators?: readonly string[] | null
  readonly sectionId?: string | null
  readonly projectId?: string | null
  readonly cwd?: string | readonly string[] | null
  readonly useStateDbOnly?: boolean
  readonly searchTerm?: string | null
  readonly parentThreadId?: string | null
  readonly ancestorThreadId?: string | null
  readonly attachedToThreadId?: string | null
}

export interface ThreadSearchParams extends Chosen {
  readonly sortKey?: Exclude<ThreadSortKey, 'section_position'> | null
  readonly searchTerm: string
}

/** What a person has not read yet. */
export interface ThreadReadState {
  readonly firstUnread: { readonly type: 'threadStart' } | { readonly type: 'turn'; readonly turnId: string } | null
  readonly revision: string
}

export interface ThreadItemEntry {
  readonly turnId: string
  readonly item: ThreadItem
  readonly outputDeferred?: boolean
  readonly startedAtMs: number | null
  readonly completedAtMs: number | null
}

export interface TurnsListParams extends PageParams {
  readonly threadId: string
  /** Newest first when absent. */
  readonly sortDirection?: SortDirection | null
  readonly itemsView?: TurnItemsView | null
}

export interface ItemsListParams {
  readonly threadId: string
  readonly turnId?: string | null
  readonly cursor?: string | { readonly type: 'item'; readonly itemId: string } | null
  readonly limit?: number | null
  readonly sortDirection?: SortDirection | null
  /** Leaves out long output, which `thread/items/read` has. */
  readonly deferOutput?: { readonly commandExecution?: boolean; readonly mcpToolCall?: boolean } | null
}

export interface ThreadReadingMethods {
  readonly 'thread/list': {
    readonly params: ThreadListParams
    readonly result: TwoWayPage<Thread> & {
      readonly readStates?: Readonly<Record<string, ThreadReadState>> | null
    }
  }
  readonly 'thread/search': {
    readonly params: ThreadSearchParams
    readonly result: TwoWayPage<{ readonly thread: Thread; readonly snippet: string }>
  }
  readonly 'thread/loaded/list': { readonly params: PageParams; readonly result: Page<string> }
  readonly 'thread/read': {
    readonly params: { readonly threadId: string; readonly includeTurns?: boolean }
    readonly result: {
      readonly thread: Thread
      readonly readState: ThreadReadState | null
      /** An extension: why the thread is not whole; null when it is. */
      readonly towline?: { readonly damage: string | null }
    }
  }
  readonly 'thread/turns/list': { readonly params: TurnsListParams; readonly result: TwoWayPage<Turn> }
  readonly 'thread/items/list': { readonly params: ItemsListParams; readonly result: TwoWayPage<ThreadItemEntry> }
  readonly 'thread/items/read': {
    readonly params: { readonly threadId: string; readonly turnId: string; readonly itemIds: readonly string[] }
    readonly result: { readonly data: readonly ThreadItemEntry[] }
  }
  /** Threads have no goals here. */
  readonly 'thread/goal/get': {
    readonly params: { readonly threadId: string }
    readonly result: { readonly goal: null }
  }
}
