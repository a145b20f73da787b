/** Owns telling threads that an environment of theirs is connected to, or lost. */
import type { Feed } from '../feed/feed.ts'
import type { OpenEnvironments } from './open-environments.ts'

export interface WorkingThread {
  readonly threadId: string
  readonly feed: Pick<Feed, 'emit'>
  /** Those that it works on now. */
  readonly environmentIds: readonly string[]
}

/** `threads` answers those that are loaded. Until what it answers is called. */
export const tellThreads = (environments: OpenEnvironments, threads: () => Iterable<WorkingThread>): (() => void) =>
  environments.watch((environmentId, isConnected) => {
    const name = isConnected ? 'thread/environment/connected' : 'thread/environment/disconnected'
    for (const { threadId, feed, environmentIds } of threads())
      if (environmentIds.includes(environmentId)) feed.emit(name, { threadId, environmentId })
  })
