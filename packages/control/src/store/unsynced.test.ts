/** Proves that only what was asked for is written without waiting for the disk. */
import { silentLog } from '@towline/base'
import { LIMITS } from '@towline/protocol'
import { type Kysely, sql } from 'kysely'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { tempStore } from '../control.fixture.ts'
import { openStore, type Store } from './open-store.ts'
import type { Tables } from './schema.ts'
import { inTransaction } from './transaction.ts'
import { unsynced } from './unsynced.ts'

const [NORMAL, FULL] = [1, 2]

let store: Store
let remove: () => void
beforeEach(async () => {
  const temp = await tempStore()
  remove = temp.remove
  store = await openStore({ dir: temp.dir, log: silentLog(), limits: LIMITS })
})
afterEach(async () => {
  await store.close()
  remove()
})

const synchronous = async (db: Kysely<Tables>): Promise<number | undefined> =>
  (await sql<{ synchronous: number }>`pragma synchronous`.execute(db)).rows[0]?.synchronous

it('control store: waits for the disk again after work that does not, done or failed', async () => {
  expect(await synchronous(store.db)).toBe(FULL)
  expect(await unsynced(store.db, synchronous)).toBe(NORMAL)
  expect(await synchronous(store.db)).toBe(FULL)
  await expect(unsynced(store.db, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(await synchronous(store.db)).toBe(FULL)
})

it('control store: lets no other write in between, which has to wait for the disk', async () => {
  const seen = await Promise.all([
    unsynced(store.db, synchronous),
    inTransaction(store.db, synchronous),
    unsynced(store.db, synchronous),
    synchronous(store.db),
  ])
  expect(seen).toEqual([NORMAL, FULL, NORMAL, FULL])
})
