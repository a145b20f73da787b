/** Owns the index of threads: opened by the first who asks, and brought up to date with the files before each list. */
import { join } from 'node:path'
import type { ThreadNames } from '../names.ts'
import { findRollout, rolloutFiles } from './rollout-files.ts'
import { type FileState, fileState, readRow, type ThreadRow } from './thread-row.ts'
import { openThreadTable, type ThreadQuery, type ThreadTable } from './thread-table.ts'

const FILE = 'towline-threads.sqlite'

export interface ThreadIndex {
  /** `asIs`: without looking at the files. */
  list(query: ThreadQuery, options: { readonly asIs: boolean }): Promise<readonly ThreadRow[]>
  /** Undefined where no rollout is. */
  find(id: string): Promise<ThreadRow | undefined>
  close(): Promise<void>
}

export const openThreadIndex = (home: string, names: ThreadNames): ThreadIndex => {
  let opening: Promise<ThreadTable> | undefined
  let refreshing: Promise<void> | undefined
  const opened = (): Promise<ThreadTable> => (opening ??= openThreadTable(join(home, FILE)))

  const read = async (table: ThreadTable, state: FileState): Promise<ThreadRow | undefined> => {
    const row = await readRow(state).catch(() => undefined)
    const named = row && { ...row, name: (await names.read()).get(row.id) ?? row.name }
    if (named) table.put(named)
    return named
  }

  const refresh = async (): Promise<void> => {
    const table = await opened()
    const known = new Map(table.states())
    for (const state of await rolloutFiles(home)) {
      const before = known.get(state.path)
      known.delete(state.path)
      if (before?.size !== state.size || before.modifiedMs !== state.modifiedMs) await read(table, state)
    }
    // What was moved has been read at its new place.
    for (const [path, { id }] of known) if (table.find(id)?.path === path) table.remove(id)
    for (const [id, name] of await names.read()) {
      const row = table.find(id)
      if (row && row.name !== name) table.put({ ...row, name })
    }
  }

  return {
    list: async (query, { asIs }) => {
      if (!asIs) {
        refreshing ??= refresh().finally(() => {
          refreshing = undefined
        })
        await refreshing
      }
      return (await opened()).select(query)
    },
    find: async (id) => {
      const table = await opened()
      const known = table.find(id)
      const there = known && (await fileState(known.path, known.archived === 1))
      if (there && there.size === known.size && there.modifiedMs === known.modifiedMs)
        return { ...known, name: (await names.read()).get(id) ?? known.name }
      const state = there ?? (await findRollout(home, id))
      return state && (await read(table, state))
    },
    close: async () => {
      await refreshing?.catch(() => undefined)
      ;(await opening?.catch(() => undefined))?.close()
    },
  }
}
