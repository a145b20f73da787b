/** Owns reading threads, loaded or not: their lines are the same, and a loaded one knows more of the turn that runs. */
import type { Thread, Turn } from '@towline/protocol'
import { RpcError } from '../rpc/rpc-error.ts'
import type { LiveThread } from './live-thread.ts'
import { project } from './projection/project.ts'
import { damageSentence } from './repair-rollout.ts'
import { type RolloutSource, rolloutFile } from './rollout-reader.ts'
import type { StoredThreads } from './stored-threads.ts'
import { threadOfRow } from './thread-view.ts'

export interface ReadThread {
  readonly thread: Thread
  /** What is wrong with its file, for people. */
  readonly damage: string | undefined
}

export class ThreadReader {
  readonly #stored: StoredThreads
  readonly #live: (id: string) => LiveThread | undefined

  constructor(stored: StoredThreads, live: (id: string) => LiveThread | undefined) {
    this.#stored = stored
    this.#live = live
  }

  /** Throws RpcError `thread not loaded`, and for turns of one that has none yet. */
  async read(id: string, { turns }: { readonly turns: boolean }): Promise<ReadThread> {
    const live = this.#live(id)
    if (live) return { thread: live.view(turns ? await turnsOf(live, 'includeTurns') : []), damage: undefined }
    const row = await this.#stored.row(id, `thread not loaded: ${id}`)
    if (!turns) return { thread: threadOfRow(row), damage: undefined }
    const { projection, damage } = await project(rolloutFile(row.path))
    return { thread: threadOfRow(row, projection.turns()), damage: damageSentence(damage) }
  }

  /** For lists of them: `method` is who asks. Throws RpcError for a thread that has none to list. */
  async turns(id: string, method: string): Promise<readonly Turn[]> {
    const live = this.#live(id)
    if (live && live.log.path === undefined)
      throw new RpcError('invalidRequest', `ephemeral threads do not support ${method}`)
    if (live) return await turnsOf(live, method)
    const { path } = await this.#stored.row(id, `thread not loaded: ${id}`)
    return (await project(rolloutFile(path))).projection.turns()
  }

  /** Its lines. Throws RpcError `no rollout found`. */
  async source(id: string): Promise<RolloutSource> {
    const live = this.#live(id)
    if (live && !live.log.begun) throw new RpcError('invalidRequest', `no rollout found for thread id ${id}`)
    return live?.log.source ?? rolloutFile((await this.#stored.row(id)).path)
  }
}

const turnsOf = async (live: LiveThread, what: string): Promise<readonly Turn[]> => {
  if (live.log.begun || live.active) return await live.turns()
  const state = `thread ${live.id} is not materialized yet`
  throw new RpcError('invalidRequest', `${state}; ${what} is unavailable before first user message`)
}
