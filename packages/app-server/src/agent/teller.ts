/** Owns telling what happens in one turn: items that start and end, and all that grows between. */
import type { ThreadItem, ThreadNotifications } from '@towline/protocol'
import type { Feed } from '../feed/feed.ts'

interface OfTurn {
  readonly threadId: string
  readonly turnId: string
}

type TurnNotification = {
  [Name in keyof ThreadNotifications]: ThreadNotifications[Name] extends OfTurn ? Name : never
}[keyof ThreadNotifications]

export class Teller {
  readonly threadId: string
  readonly turnId: string
  readonly feed: Feed
  readonly now: () => number

  constructor({ threadId, turnId, feed }: OfTurn & { readonly feed: Feed }, now: () => number = Date.now) {
    this.threadId = threadId
    this.turnId = turnId
    this.feed = feed
    this.now = now
  }

  get ids(): OfTurn {
    return { threadId: this.threadId, turnId: this.turnId }
  }

  tell<Name extends TurnNotification>(method: Name, params: Omit<ThreadNotifications[Name], keyof OfTurn>): void {
    this.feed.emit(method, { ...this.ids, ...params } as unknown as ThreadNotifications[Name])
  }

  started(item: ThreadItem): void {
    this.tell('item/started', { item, startedAtMs: this.now() })
  }

  completed(item: ThreadItem): void {
    this.tell('item/completed', { item, completedAtMs: this.now() })
  }

  warn(message: string): void {
    this.feed.emit('warning', { threadId: this.threadId, message })
  }
}
