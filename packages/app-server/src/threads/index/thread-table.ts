/** Owns the table of the index in an embedded database: it can be thrown away at any time, for the rollouts are what counts. */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ThreadRow } from './thread-row.ts'

const COLUMNS = {
  ...{ id: 'text primary key', sessionId: 'text', path: 'text', archived: 'integer', createdAt: 'integer' },
  ...{ updatedAt: 'integer', size: 'integer', modifiedMs: 'integer', preview: 'text', name: 'text', cwd: 'text' },
  ...{ model: 'text', effort: 'text', modelProvider: 'text', source: 'text', sourceKind: 'text', originator: 'text' },
  ...{ threadSource: 'text', cliVersion: 'text', forkedFromId: 'text', git: 'text' },
} as const satisfies Record<keyof ThreadRow, string>

const MEMORY = ':memory:'

const NAMES = Object.keys(COLUMNS) as readonly (keyof ThreadRow)[]
/** A table of another version is thrown away. */
const VERSION = 1

export interface ThreadQuery {
  readonly archived: boolean
  readonly sortKey: 'createdAt' | 'updatedAt'
  readonly descending: boolean
  readonly limit: number
  /** Those that come after it in this order. */
  readonly after?: { readonly value: number; readonly id: string } | undefined
  readonly modelProviders: readonly string[]
  readonly sourceKinds: readonly string[]
  readonly cwds: readonly string[]
  readonly excluded: readonly string[]
  /** In the name or the preview. */
  readonly term?: string | undefined
}

export interface ThreadTable {
  find(id: string): ThreadRow | undefined
  /** All or none. */
  put(rows: readonly ThreadRow[]): void
  remove(id: string): void
  /** By path, as they were when they were read. */
  states(): ReadonlyMap<string, { readonly id: string; readonly size: number; readonly modifiedMs: number }>
  select(query: ThreadQuery): readonly ThreadRow[]
  close(): void
}

/** A file that is no database, or a damaged one, is made anew; where no file can be made, or without a path, it is in memory. */
export const openThreadTable = async (path = MEMORY): Promise<ThreadTable> => {
  const { default: Database } = await import('libsql')
  const make = (at: string): ThreadTable => {
    if (at !== MEMORY) {
      mkdirSync(dirname(at), { recursive: true, mode: 0o700 })
      if (!existsSync(at)) closeSync(openSync(at, 'a', 0o600))
      chmodSync(at, 0o600)
    }
    return tableOn(new Database(at))
  }
  for (const attempt of [() => make(path), () => remake(path, make)])
    try {
      return attempt()
    } catch {}
  return make(MEMORY)
}

const remake = (path: string, make: (path: string) => ThreadTable): ThreadTable => {
  if (path === MEMORY) return make(path)
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
  return make(path)
}

interface Database {
  pragma(text: string): unknown
  exec(text: string): unknown
  prepare(text: string): { run(...values: unknown[]): unknown; all(...values: unknown[]): unknown[] }
  close(): unknown
}

const tableOn = (db: Database): ThreadTable => {
  try {
    for (const pragma of ['journal_mode = WAL', 'synchronous = NORMAL', 'busy_timeout = 2000']) db.pragma(pragma)
    const [{ user_version: version }] = db.prepare('pragma user_version').all() as [{ user_version: number }]
    if (version !== VERSION) db.exec('drop table if exists threads')
    const columns = NAMES.map((name) => `${name} ${COLUMNS[name]}`).join(', ')
    db.exec(`create table if not exists threads (${columns}) strict; pragma user_version = ${VERSION}`)
    db.prepare('select count(*) from threads').all()
  } catch (error) {
    db.close()
    throw error
  }
  const put = db.prepare(
    `insert or replace into threads (${NAMES.join(', ')}) values (${NAMES.map(() => '?').join(', ')})`,
  )
  return {
    find: (id) => db.prepare('select * from threads where id = ?').all(id)[0] as ThreadRow | undefined,
    put: (rows) => {
      if (rows.length === 0) return
      db.exec('begin')
      try {
        for (const row of rows) put.run(...NAMES.map((name) => row[name]))
        db.exec('commit')
      } catch (error) {
        db.exec('rollback')
        throw error
      }
    },
    remove: (id) => void db.prepare('delete from threads where id = ?').run(id),
    states: () => {
      const rows = db.prepare('select id, path, size, modifiedMs from threads').all() as readonly ThreadRow[]
      return new Map(rows.map(({ path, ...state }) => [path, state]))
    },
    select: (query) => {
      const { text, values } = selecting(query)
      return db.prepare(text).all(...values) as readonly ThreadRow[]
    },
    close: () => void db.close(),
  }
}

const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ')

const selecting = (query: ThreadQuery): { readonly text: string; readonly values: readonly unknown[] } => {
  const { sortKey, descending, after, term } = query
  const [order, beyond] = descending ? ['desc', '<'] : ['asc', '>']
  const clauses: (readonly [string, readonly unknown[]])[] = [['archived = ?', [query.archived ? 1 : 0]]]
  // Without a first message there is nothing to go on with.
  clauses.push(["preview <> ''", []])
  const within = { modelProvider: query.modelProviders, sourceKind: query.sourceKinds, cwd: query.cwds }
  for (const [column, values] of Object.entries(within))
    if (values.length > 0) clauses.push([`${column} in (${marks(values)})`, values])
  if (query.excluded.length > 0) clauses.push([`id not in (${marks(query.excluded)})`, query.excluded])
  if (term !== undefined)
    clauses.push([
      "(instr(lower(coalesce(name, '')), lower(?)) > 0 or instr(lower(preview), lower(?)) > 0)",
      [term, term],
    ])
  if (after) clauses.push([`(${sortKey}, id) ${beyond} (?, ?)`, [after.value, after.id]])
  const where = clauses.map(([text]) => text).join(' and ')
  return {
    text: `select * from threads where ${where} order by ${sortKey} ${order}, id ${order} limit ?`,
    values: [...clauses.flatMap(([, values]) => values), query.limit],
  }
}
