/** Owns opening the logs of threads of a home: of new ones, which take the lock of their writer, and of those that go on. */
import type { Flock } from '@towline/base'
import { rolloutPath } from './rollout-path.ts'
import { metaLine, type SessionMeta } from './session-meta.ts'
import { openFileLog, openMemoryLog, type ThreadLog } from './thread-log.ts'
import { nowOf, type ThreadsOptions } from './thread-options.ts'
import { lockThread } from './writer-lock.ts'

interface Before {
  readonly path: string
  /** Of the next line, where lines have one. */
  readonly ordinal: number | undefined
  readonly lock: Flock
}

export class ThreadLogs {
  readonly #options: ThreadsOptions

  constructor(options: ThreadsOptions) {
    this.#options = options
  }

  /** Throws RpcError when another process writes it. */
  async begin(meta: SessionMeta, { ephemeral }: { readonly ephemeral: boolean }): Promise<ThreadLog> {
    const head = [metaLine(meta)]
    if (ephemeral) return openMemoryLog(head, () => nowOf(this.#options))
    const { home } = this.#options
    const lock = await lockThread(home, meta.id)
    const path = rolloutPath(home, meta.id, nowOf(this.#options))
    return openFileLog({ ...this.#writing(meta.id, lock), path, begun: false, head })
  }

  goOn(threadId: string, { path, ordinal, lock }: Before): ThreadLog {
    return openFileLog({ ...this.#writing(threadId, lock), path, begun: true, head: [], ordinal })
  }

  #writing(threadId: string, lock: Flock) {
    return { threadId, lock, now: () => nowOf(this.#options), disk: this.#options.disk }
  }
}
