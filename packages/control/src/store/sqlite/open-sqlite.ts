/** Owns the embedded database: where its files lie, who may read them, how it is opened and closed. */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement, sql } from 'kysely'
import Database from 'libsql'
import { asDataError } from '../data-error.ts'
import { migrate } from '../migrate.ts'
import { refuseNul } from '../refuse-nul.ts'
import type { Store } from '../open-store.ts'
import type { Tables } from '../schema.ts'
import { type DataLock, lockData } from './data-lock.ts'

/** Our own folder below the data folder, so that its mode is ours to set. */
const FOLDER = 'control'
const FILES = ['control.db', 'lock', 'server.pid'] as const

/** Opens the store below `dir`, which is made when absent. Throws ALREADY_RUNNING, DATA_NEWER or DATA_BROKEN. */
export const openSqlite = async (dir: string): Promise<Store> => {
  let lock: DataLock | undefined
  let db: Kysely<Tables> | undefined
  try {
    const folder = makePrivate(dir)
    lock = lockData(folder, dir)
    db = openDatabase(join(folder, FILES[0]))
    await migrate(db, { dialect: 'sqlite', dir })
  } catch (error) {
    await db?.destroy()
    lock?.release()
    throw asDataError(error, dir)
  }
  return { db, kind: 'sqlite', close: closeOnce(db, lock) }
}

/** A folder only we may enter, with files only we may read; SQLite gives its journals the mode of the database. */
const makePrivate = (dir: string): string => {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const folder = join(dir, FOLDER)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  // Opens only a new file: closing one that SQLite has open in this process would drop its locks (fcntl(2)).
  for (const file of FILES) if (!existsSync(join(folder, file))) closeSync(openSync(join(folder, file), 'ax', 0o600))
  for (const file of readdirSync(folder)) chmodSync(join(folder, file), 0o600)
  return folder
}

/** FULL: what was acknowledged survives a power cut, not only a dead process. */
const openDatabase = (file: string): Kysely<Tables> => {
  const database = new Database(file)
  try {
    for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON']) database.pragma(pragma)
  } catch (error) {
    database.close()
    throw error
  }
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: guarded(database) }) })
}

const guarded = (database: Database.Database): SqliteDatabase => ({
  close: () => void database.close(),
  prepare: (text) => {
    const statement = database.prepare(text)
    return {
      reader: statement.reader,
      all: (parameters) => statement.all(refuseNul(parameters)),
      run: (parameters) => statement.run(refuseNul(parameters)) as ReturnType<SqliteStatement['run']>,
      iterate: (parameters) => statement.iterate(refuseNul(parameters)) as IterableIterator<unknown>,
    }
  },
})

/** The log is folded into the database first, as the binding really closes only when its statements are collected. */
const closeOnce = (db: Kysely<Tables>, lock: DataLock): (() => Promise<void>) => {
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    try {
      await sql`pragma wal_checkpoint(truncate)`.execute(db)
      await db.destroy()
    } finally {
      lock.release()
    }
  }
  return () => {
    closing ??= close()
    return closing
  }
}
