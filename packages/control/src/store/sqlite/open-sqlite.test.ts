/** Proves who may open the data folder, and in what state it is left. */
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { refusal, tempDir } from '../../control.fixture.ts'
import { MIGRATIONS, schemaVersion } from '../migrate.ts'
import { openSqlite } from './open-sqlite.ts'

describe('control store', () => {
  let temp: ReturnType<typeof tempDir>
  beforeEach(() => {
    temp = tempDir()
  })
  afterEach(() => temp.remove())

  it('refuses a second server on the folder, and lets it in when the first has closed', async () => {
    const first = await openSqlite(temp.dir)
    const taken = { code: 'ALREADY_RUNNING', dir: temp.dir, pid: String(process.pid) }
    expect(await refusal(openSqlite(temp.dir))).toEqual(taken)
    expect(await refusal(openSqlite(temp.dir)), 'the refused one took the lock away').toEqual(taken)
    await first.close()
    const second = await openSqlite(temp.dir)
    await first.close()
    expect(await refusal(openSqlite(temp.dir)), 'the second close took the lock away').toEqual(taken)
    await second.close()
  })

  it('refuses data of a newer version, and changes nothing', async () => {
    const store = await openSqlite(temp.dir)
    await sql`update schema_version set version = 1000`.execute(store.db)
    await store.close()
    const newer = { code: 'DATA_NEWER', dir: temp.dir, found: 1000, known: MIGRATIONS.length }
    expect(await refusal(openSqlite(temp.dir))).toEqual(newer)
    expect(await refusal(openSqlite(temp.dir)), 'a refusal must give the lock back').toEqual(newer)
  })

  it('refuses a file that is no database', async () => {
    mkdirSync(join(temp.dir, 'control'))
    writeFileSync(join(temp.dir, 'control', 'control.db'), 'x'.repeat(4096))
    const broken = { code: 'DATA_BROKEN', dir: temp.dir, problem: 'file is not a database' }
    expect(await refusal(openSqlite(temp.dir))).toEqual(broken)
    expect(await refusal(openSqlite(temp.dir)), 'a refusal must give the lock back').toEqual(broken)
  })

  it('refuses a data folder that is a file', async () => {
    const file = join(temp.dir, 'file')
    writeFileSync(file, '')
    expect(await refusal(openSqlite(file))).toMatchObject({ code: 'DATA_BROKEN', dir: file })
  })

  it('makes its folder and files readable by their owner only, also when they were not', async () => {
    const folder = join(temp.dir, 'deep', 'control')
    const store = await openSqlite(join(temp.dir, 'deep'))
    const modes = () =>
      Object.fromEntries(readdirSync(folder).map((file) => [file, statSync(join(folder, file)).mode & 0o777]))
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    const all = {
      'control.db': 0o600,
      'control.db-shm': 0o600,
      'control.db-wal': 0o600,
      lock: 0o600,
      'server.pid': 0o600,
    }
    expect(modes()).toEqual(all)
    await store.close()
    chmodSync(folder, 0o755)
    for (const file of readdirSync(folder)) chmodSync(join(folder, file), 0o644)
    const again = await openSqlite(join(temp.dir, 'deep'))
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(modes()).toEqual(all)
    await again.close()
  })

  it('migrates once and keeps what is there', async () => {
    const first = await openSqlite(temp.dir)
    await first.db.insertInto('users').values({ id: 'usr_1', email: 'a@b.c', name: 'A', created_at: 1 }).execute()
    await first.close()
    const second = await openSqlite(temp.dir)
    expect(await schemaVersion(second.db)).toBe(MIGRATIONS.length)
    expect(await second.db.selectFrom('users').selectAll().execute()).toEqual([
      { id: 'usr_1', email: 'a@b.c', name: 'A', created_at: 1, disabled_at: null },
    ])
    await second.close()
  })

  it('holds migrations as they landed: a changed one fails here, add the next number instead', () => {
    const hashes = MIGRATIONS.map((one) => createHash('sha256').update(JSON.stringify(one)).digest('hex').slice(0, 16))
    expect(hashes).toEqual([
      ...['28756de3b5abe6aa', '93b1a7ee055d8027', 'ae3dace58dbb632d', '7af8590b8cb7b0d9', '258afba1ea43db11'],
      ...['e831a22566648367', '85f80276ce5a1e0c'],
    ])
  })
})
