/** Owns the feeds of all threads that are loaded: numbers what happens, writes it once for all who watch, and keeps it for who comes back. */
import type { ServerRequest, ServerRequests, ThreadNotification, ThreadNotifications } from '@towline/protocol'
import type { FeedEvent, Subscriber } from '../server/subscriber.ts'
import type { FeedHub, ThreadFeed, ThreadFeedOptions } from './feed-hub.ts'
import type { QuestionStore } from './question-store.ts'
import { type Answered, Questions } from './questions.ts'
import { Ring } from './ring.ts'

export interface FeedHubOptions {
  readonly store: QuestionStore
  /** Unix ms. */
  readonly now?: () => number
}

/** What the server also does with it. */
export interface OpenFeedHub extends FeedHub {
  /** What a client answered. Whether the question was open. */
  answer(questionId: string, from: string, answered: Answered): boolean
  /** A connection is gone. */
  left(subscriberId: string): void
  /** Resolves when the status of a thread is told next. */
  statusChanged(): Promise<void>
}

export const openFeedHub = ({ store, now = Date.now }: FeedHubOptions): OpenFeedHub => {
  const feeds = new Map<string, OpenFeed>()
  let waiting: (() => void)[] = []
  const statusTold = (): void => {
    const told = waiting
    waiting = []
    for (const done of told) done()
  }
  return {
    open: (threadId, options) => {
      const found = feeds.get(threadId)
      if (found) return found
      const feed = new OpenFeed({ threadId, now, statusTold, store: options.lasting ? store : undefined, ...options })
      feeds.set(threadId, feed)
      return feed
    },
    find: (threadId) => feeds.get(threadId),
    drop: (threadId) => void feeds.delete(threadId),
    answer: (questionId, from, answered) =>
      [...feeds.values()].some((feed) => feed.asked.answer(questionId, from, answered)),
    statusChanged: () => new Promise<void>((done) => waiting.push(done)),
    left: (subscriberId) => {
      for (const feed of feeds.values()) feed.unsubscribe(subscriberId)
    },
  }
}

/** Counted from the time it was opened, in µs: so the numbers of a later run of the server are larger. */
const SEQ_A_MS = 1000

interface OpenFeedOptions extends ThreadFeedOptions {
  readonly threadId: string
  readonly now: () => number
  readonly store: QuestionStore | undefined
  statusTold(): void
}

class OpenFeed implements ThreadFeed {
  readonly threadId: string
  readonly asked: Questions
  readonly #options: OpenFeedOptions
  readonly #subscribers = new Map<string, Subscriber>()
  readonly #ring: Ring
  #seq: number

  constructor(options: OpenFeedOptions) {
    const { threadId, now, store } = options
    this.threadId = threadId
    this.#options = options
    this.#seq = now() * SEQ_A_MS
    this.#ring = new Ring(this.#seq)
    this.asked = new Questions({
      threadId,
      store,
      resolved: (requestId) => this.emit('serverRequest/resolved', { threadId, requestId }),
      waiting: (activeFlags) =>
        this.emit('thread/status/changed', { threadId, status: { type: 'active', activeFlags } }),
      watchers: () => this.#subscribers.values(),
    })
  }

  get lastSeq(): number {
    return this.#seq
  }

  get watchers(): number {
    return this.#subscribers.size
  }

  get kept(): readonly FeedEvent[] {
    return this.#ring.kept
  }

  get flags() {
    return this.asked.flags
  }

  get questions() {
    return this.asked.unanswered
  }

  emit<Name extends ThreadNotification>(method: Name, params: ThreadNotifications[Name]): void {
    const { now, heard, statusTold } = this.#options
    const seq = ++this.#seq
    const text = `{"method":"${method}","params":${JSON.stringify(params)},"emittedAtMs":${now()},"seq":${seq}}`
    const event: FeedEvent = { seq, method, text, ...joining(method, params) }
    this.#ring.add(event)
    heard?.(method, params, seq)
    for (const subscriber of this.#subscribers.values()) subscriber.event(event)
    if (method === 'thread/status/changed') statusTold()
  }

  async ask<Name extends ServerRequest>(
    method: Name,
    params: ServerRequests[Name]['params'],
    signal: AbortSignal,
  ): Promise<ServerRequests[Name]['result']> {
    return (await this.asked.ask(method, params, signal)) as ServerRequests[Name]['result']
  }

  subscribe(subscriber: Subscriber): void {
    this.#subscribers.set(subscriber.id, subscriber)
    for (const question of this.questions) subscriber.ask(question)
  }

  unsubscribe(subscriberId: string): boolean {
    const had = this.#subscribers.delete(subscriberId)
    if (had) this.asked.left()
    return had
  }

  after(seq: number): readonly FeedEvent[] | undefined {
    return seq > this.#seq ? undefined : this.#ring.after(seq)
  }
}

const DELTA = /(?:\/delta|Delta)$/

interface Delta {
  readonly itemId?: string
  readonly delta?: string
  readonly summaryIndex?: number
  readonly contentIndex?: number
}

const joining = (method: string, params: object): Partial<Pick<FeedEvent, 'joins' | 'delta'>> => {
  if (!DELTA.test(method)) return {}
  const { itemId = '', delta, summaryIndex, contentIndex } = params as Delta
  if (delta === undefined) return {}
  return { joins: `${method} ${itemId} ${summaryIndex ?? contentIndex ?? ''}`, delta }
}
