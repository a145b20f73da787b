/**
 * Owns opening a control room in a temporary folder, with a clock that stands still. Where a run of tests has a PostgreSQL
 * (the vitest project "postgres"), stores are there instead.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomText, silentLog } from '@towline/base'
import { inSchema } from '@towline/testkit/postgres'
import type {} from '@towline/testkit/postgres-setup'
import pg from 'pg'
import { inject } from 'vitest'
import { type Control, type ControlOptions, openControl } from './control.ts'

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
  const { dir, remove } = tempDir()
  const clock = { ms: 1_760_000_000_000 }
  const database = await testDatabase()
  const control = await openControl({ dir, database, log: silentLog(), clock: () => clock.ms, ...options })
  const close = async (): Promise<void> => {
    await control.close()
    remove()
  }
  return { dir, control, clock, close }
}
