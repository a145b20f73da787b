/** Owns the seam to the feeds of all threads that are loaded (feed/open-feed-hub.ts). */
import type { ActiveFlag } from '@towline/protocol'
import type { FeedEvent, PendingQuestion, Subscriber } from '../server/subscriber.ts'
import type { Feed } from './feed.ts'

export interface ThreadFeed extends Feed {
  readonly threadId: string
  /** Of the newest event; larger than any of the runs of the server before. */
  readonly lastSeq: number
  readonly watchers: number
  /** What an active thread waits for now. Their changes are told by `thread/status/changed`. */
  readonly flags: readonly ActiveFlag[]
  /** Open questions, also of a run of the server before: those wait until the same is asked again. */
  readonly questions: readonly PendingQuestion[]
  /** Tells it everything from now on, and asks it what is open. In place of a subscriber with the same id. */
  subscribe(subscriber: Subscriber): void
  /** Whether it had subscribed. */
  unsubscribe(subscriberId: string): boolean
  /** The newest events, as many as are kept. */
  readonly kept: readonly FeedEvent[]
  /** What followed `seq`; undefined when that is not kept. */
  after(seq: number): readonly FeedEvent[] | undefined
}

export interface ThreadFeedOptions {
  /** Hears everything that is emitted, before those who watch. */
  readonly heard?: (method: string, params: object, seq: number) => void
  /** Whether its questions outlive the process; not those of ephemeral threads. */
  readonly lasting: boolean
}

export interface FeedHub {
  /** The feed of a thread, opened when it was not. */
  open(threadId: string, options: ThreadFeedOptions): ThreadFeed
  find(threadId: string): ThreadFeed | undefined
  /** Nobody watches it any more. What is asked waits in the store. */
  drop(threadId: string): void
}
