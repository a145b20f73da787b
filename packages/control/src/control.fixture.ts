/**
 * Owns opening a control room in a temporary folder, with a clock that stands still. Where a run of tests has a PostgreSQL
 * (the vitest project "postgres"), stores are there instead.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { randomText, silentLog } from '@towline/base'
import { AppError, LIMITS } from '@towline/protocol'
import { inSchema } from '@towline/testkit/postgres'
import type {} from '@towline/testkit/postgres-setup'
import { sql } from 'kysely'
import pg from 'pg'
import { inject } from 'vitest'
import { type Control, type ControlOptions, openControl } from './control.ts'
import { partsOf, type Parts } from './parts.ts'
import { openStore } from './store/open-store.ts'

export interface ControlFixture {
  readonly dir: string
  readonly control: Control
  readonly clock: { ms: number }
  close(): Promise<void>
}

/** A folder that `remove` deletes. */
export const tempDir = (): { readonly dir: string; remove(): void } => {
  const dir = mkdtempSync(join(tmpdir(), 'towline-control-'))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

/** What an AppError says, for comparing. */
export const refusal = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work
    return 'nothing was refused'
  } catch (error) {
    return error instanceof AppError ? { code: error.code, ...error.details } : error
  }
}

/** As `tempDir`, with an empty store in it that needs no migration. */
export const tempStore = async (): Promise<ReturnType<typeof tempDir>> => {
  empty ??= emptyStore()
  const temp = tempDir()
  const file = databaseIn(temp.dir)
  mkdirSync(dirname(file))
  writeFileSync(file, await empty)
  return temp
}

/** Migrated once for all. */
let empty: Promise<Buffer> | undefined

const emptyStore = async (): Promise<Buffer> => {
  const { dir, remove } = tempDir()
  const store = await openStore({ dir, log: silentLog(), limits: LIMITS })
  await store.close()
  const bytes = readFileSync(databaseIn(dir))
  remove()
  return bytes
}

const databaseIn = (dir: string): string => join(dir, 'control', 'control.db')

/** Nothing that a test stores has to outlive the machine. */
export const forgetful = async (db: Parts['db']): Promise<void> => {
  await sql`pragma synchronous = off`.execute(db)
}

/** The URL of an empty schema of the run's PostgreSQL; undefined in a run without one. */
export const testDatabase = async (): Promise<string | undefined> => {
  const url = inject('postgres')
  if (url === undefined) return undefined
  const name = `s${randomText(16)}`
  const client = new pg.Client(url)
  await client.connect()
  await client.query(`create schema ${name}`)
  await client.end()
  return inSchema(url, name)
}

export const controlFixture = async (options: Partial<ControlOptions> = {}): Promise<ControlFixture> => {
  const { dir, remove } = await tempStore()
  const clock = { ms: 1_760_000_000_000 }
  const database = options.database ?? (await testDatabase())
  const control = await openControl({ dir, log: silentLog(), clock: () => clock.ms, ...options, database })
  if (database === undefined) await forgetful(partsOf(control).db)
  const close = async (): Promise<void> => {
    await control.close()
    remove()
  }
  return { dir, control, clock, close }
}
