/** Owns threads as files: which there are, what they are called, and where they lie. Nobody writes one while it is moved. */
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RpcError } from '../rpc/rpc-error.ts'
import { openThreadIndex, type ThreadIndex } from './index/thread-index.ts'
import type { ThreadRow } from './index/thread-row.ts'
import { threadNames } from './names.ts'
import { archivedPath, unarchivedPath } from './rollout-path.ts'
import { isUuid } from './uuid7.ts'
import { lockThread } from './writer-lock.ts'

export interface StoredThreads {
  readonly index: ThreadIndex
  /** Throws RpcError with these words, or `no rollout found`, for one that is not there. */
  row(id: string, missing?: string): Promise<ThreadRow>
  name(id: string, name: string, now: number): Promise<void>
  /** These throw RpcError when another process writes it. */
  archive(id: string): Promise<void>
  unarchive(id: string): Promise<ThreadRow>
  delete(id: string, path: string): Promise<void>
  close(): Promise<void>
}

export const openStoredThreads = (home: string): StoredThreads => {
  const names = threadNames(home)
  const index = openThreadIndex(home, names)

  const row = async (id: string, missing = `no rollout found for thread id ${id}`): Promise<ThreadRow> => {
    const found = isUuid(id) ? await index.find(id) : undefined
    if (!found) throw new RpcError('invalidRequest', missing)
    return found
  }
  const locked = async (id: string, work: () => Promise<void>): Promise<void> => {
    const lock = await lockThread(home, id)
    try {
      await work()
    } finally {
      lock.release()
    }
  }
  const move = (id: string, from: string, to: string): Promise<void> =>
    locked(id, async () => {
      await mkdir(dirname(to), { recursive: true, mode: 0o700 })
      await rename(from, to)
    })

  return {
    ...{ index, row, name: names.set, close: () => index.close() },
    archive: async (id) => {
      const { path, archived } = await row(id)
      if (archived) throw new RpcError('invalidRequest', `no rollout found for thread id ${id}`)
      await move(id, path, archivedPath(home, path))
    },
    unarchive: async (id) => {
      const missing = `no archived rollout found for thread id ${id}`
      const { path, archived } = await row(id, missing)
      if (!archived) throw new RpcError('invalidRequest', missing)
      await move(id, path, unarchivedPath(home, path))
      return await row(id)
    },
    delete: (id, path) => locked(id, () => rm(path, { force: true })),
  }
}
