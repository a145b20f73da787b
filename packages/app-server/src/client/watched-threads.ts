/** Owns the threads that a client watches: since when, who hears of them, and taking all up again on a new connection. */
import type { AppError, Limits, Thread } from '@towline/protocol'
import type { AppConnection } from './app-connection.ts'
import { type AppNotification, seqIn, threadIn } from './app-messages.ts'
import { isOverload } from './is-overload.ts'
import { isRefusal } from './refusal.ts'
import { takeUp } from './take-up.ts'
import { WatchedThread } from './watched-thread.ts'

export interface WatchedThreadsOptions {
  /** Of a thread each is told once, in order; of anything else as it comes. */
  pass(told: AppNotification): void
  /** A thread that was read anew after a break. */
  onThread(thread: Thread): void
  /** A thread that the server has no more after a break. */
  onThreadLost(threadId: string, error: AppError): void
  readonly limits: Limits
}

const BEGINS: ReadonlySet<string> = new Set(['thread/start', 'thread/resume', 'thread/fork'])
const ENDS: ReadonlySet<string> = new Set(['thread/unsubscribe', 'thread/archive', 'thread/delete'])

export class WatchedThreads {
  readonly #options: WatchedThreadsOptions
  readonly #threads = new Map<string, WatchedThread>()

  constructor(options: WatchedThreadsOptions) {
    this.#options = options
  }

  hear(told: AppNotification): void {
    const { threadId } = told.params as { readonly threadId?: unknown }
    const watched = typeof threadId === 'string' ? this.#threads.get(threadId) : undefined
    if (watched) watched.hear(told)
    else this.#options.pass(told)
  }

  /** What was answered may begin or end watching a thread. */
  noteResult(method: string, params: object | undefined, result: unknown): void {
    const thread = BEGINS.has(method) ? threadIn(result) : undefined
    if (thread && !this.#threads.has(thread.id)) {
      const watched = new WatchedThread((told) => this.#options.pass(told), this.#options.limits)
      watched.seq = seqIn(result)
      this.#threads.set(thread.id, watched)
    }
    if (ENDS.has(method)) this.#threads.delete((params as { readonly threadId: string }).threadId)
  }

  /** `replays`: the server numbers what happens, and tells it again. Rejects when the connection is lost, or the server is too busy. */
  async takeUp(connection: AppConnection, { replays }: { readonly replays: boolean }): Promise<void> {
    const { onThread, onThreadLost, limits } = this.#options
    for (const [threadId, watched] of this.#threads) {
      try {
        await takeUp({ connection, threadId, watched, replays, onThread, limits })
      } catch (error) {
        if (!isRefusal(error) || isOverload(error)) throw error
        this.#threads.delete(threadId)
        onThreadLost(threadId, error)
      }
    }
  }
}
