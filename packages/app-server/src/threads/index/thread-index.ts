/** Owns the index of threads: opened by the first who asks, and brought up to date with the files before each list. */
import { join } from 'node:path'
import type { ThreadNames } from '../names.ts'
import { findRollout, rolloutFiles } from './rollout-files.ts'
import { type FileState, fileState, readRow, type ThreadRow } from './thread-row.ts'
import { openThreadTable, type ThreadQuery, type ThreadTable } from './thread-table.ts'

/** Files that are read beside each other, and rows that are written together. */
const AT_ONCE = 64
const FILE = 'towline-threads.sqlite'

export interface ThreadIndex {
  /** `asIs`: without looking at the files. */
  list(query: ThreadQuery, options: { readonly asIs: boolean }): Promise<readonly ThreadRow[]>
  /** Undefined where no rollout is. */
  find(id: string): Promise<ThreadRow | undefined>
  close(): Promise<void>
}

export const openThreadIndex = (home: string, names: ThreadNames): ThreadIndex => new Index(home, names)

class Index implements ThreadIndex {
  readonly #home: string
  readonly #names: ThreadNames
  #opening: Promise<ThreadTable> | undefined
  #refreshing: Promise<void> | undefined
  #inMemory = false

  constructor(home: string, names: ThreadNames) {
    this.#home = home
    this.#names = names
  }

  list(query: ThreadQuery, { asIs }: { readonly asIs: boolean }): Promise<readonly ThreadRow[]> {
    return this.#within(async (table) => {
      if (!asIs) await this.#refresh(table)
      return table.select(query)
    })
  }

  find(id: string): Promise<ThreadRow | undefined> {
    return this.#within(async (table) => {
      const known = table.find(id)
      const there = known && fileState(known.path, known.archived === 1)
      if (there && there.size === known.size && there.modifiedMs === known.modifiedMs)
        return { ...known, name: (await this.#names.read()).get(id) ?? known.name }
      const state = there ?? (await findRollout(this.#home, id))
      return state && (await this.#read(table, [state]))[0]
    })
  }

  async close(): Promise<void> {
    await this.#refreshing?.catch(() => undefined)
    ;(await this.#opening?.catch(() => undefined))?.close()
  }

  /** A database that cannot be written, or breaks, is given up for one in memory. */
  async #within<T>(work: (table: ThreadTable) => Promise<T>): Promise<T> {
    this.#opening ??= openThreadTable(join(this.#home, FILE))
    const table = await this.#opening
    try {
      return await work(table)
    } catch (error) {
      if (this.#inMemory) throw error
      this.#inMemory = true
      this.#opening = openThreadTable()
      table.close()
      return await work(await this.#opening)
    }
  }

  /** The same for all who ask at once. */
  async #refresh(table: ThreadTable): Promise<void> {
    this.#refreshing ??= this.#readAll(table).finally(() => {
      this.#refreshing = undefined
    })
    await this.#refreshing
  }

  async #readAll(table: ThreadTable): Promise<void> {
    const known = new Map(table.states())
    const changed: FileState[] = []
    for (const state of await rolloutFiles(this.#home)) {
      const before = known.get(state.path)
      known.delete(state.path)
      if (before?.size !== state.size || before.modifiedMs !== state.modifiedMs) changed.push(state)
    }
    for (let at = 0; at < changed.length; at += AT_ONCE) await this.#read(table, changed.slice(at, at + AT_ONCE))
    // What was moved has been read at its new place.
    for (const [path, { id }] of known) if (table.find(id)?.path === path) table.remove(id)
    for (const [id, name] of await this.#names.read()) {
      const row = table.find(id)
      if (row && row.name !== name) table.put([{ ...row, name }])
    }
  }

  async #read(table: ThreadTable, states: readonly FileState[]): Promise<readonly ThreadRow[]> {
    const names = await this.#names.read()
    const read = await Promise.all(states.map((state) => readRow(state).catch(() => undefined)))
    const rows = read.flatMap((row) => (row ? [{ ...row, name: names.get(row.id) ?? row.name }] : []))
    table.put(rows)
    return rows
  }
}
