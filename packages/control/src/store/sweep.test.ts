/** Proves that what has had its time is forgotten, and that a store that is away does no harm. */
import { silentLog } from '@towline/base'
import { LIMITS } from '@towline/protocol'
import { eventually } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { tempDir } from '../control.fixture.ts'
import { oauthAdapter } from '../oauth/record-store.ts'
import { openSqlite } from './sqlite/open-sqlite.ts'
import { openSweeper, sweep } from './sweep.ts'

const NOW = 1_760_000_000

describe('control sweep', () => {
  const fill = async () => {
    const temp = tempDir()
    const store = await openSqlite(temp.dir)
    const { db } = store
    const clock = { ms: NOW * 1000 }
    await oauthAdapter(db, () => NOW)('AccessToken').upsert('t', { jti: 't' }, 10)
    const root = { kind: 'owner', permissions: '[]', created_at: NOW, expires_at: NOW + 10 }
    await db
      .insertInto('credentials')
      .values({ ...root, id: 'crd_1', root_id: 'crd_1' })
      .execute()
    const key = { principal: 'p', op: 'o', key: 'k', body_hash: 'h', created_at: NOW }
    await db.insertInto('idempotency').values(key).execute()
    const log = { id: `log_${(NOW * 1000).toString(36).padStart(9, '0')}0`, project_id: 'p', at: NOW, kind: 'request' }
    await db
      .insertInto('request_logs')
      .values({ ...log, labels: '' })
      .execute()
    const hour = Math.floor(NOW / 3600)
    await db.insertInto('usage_hours').values({ project_id: 'p', hour, metric: 'bytes', value: 1 }).execute()
    const left = async () => {
      const tables = ['oauth_records', 'credentials', 'idempotency', 'request_logs', 'usage_hours'] as const
      const rows = await Promise.all(tables.map((table) => db.selectFrom(table).selectAll().execute()))
      return rows.map(({ length }) => length)
    }
    return { store, clock, left, temp, options: { db, log: silentLog(), limits: LIMITS, clock: () => clock.ms } }
  }

  it('forgets each kind of row when its time is over, and not before', async () => {
    verifies('limits.table')
    const { store, clock, left, temp, options } = await fill()
    const at = async (seconds: number) => {
      clock.ms = (NOW + seconds) * 1000
      await sweep(options)
      return left()
    }
    expect(await at(9)).toEqual([1, 1, 1, 1, 1])
    expect(await at(10)).toEqual([0, 0, 1, 1, 1])
    expect(await at(LIMITS.idempotencySeconds + 1)).toEqual([0, 0, 0, 1, 1])
    expect(await at(LIMITS.logSeconds + 1)).toEqual([0, 0, 0, 0, 1])
    expect(await at(LIMITS.usageSeconds + 3600)).toEqual([0, 0, 0, 0, 0])
    await store.close()
    temp.remove()
  })

  it('sweeps by itself, and rejects nothing when the store is away', async () => {
    const { store, clock, left, temp, options } = await fill()
    clock.ms += 10_000
    const sweeper = openSweeper({ ...options, limits: { ...LIMITS, sweepMs: 1 } })
    await eventually('the sweep', async () => ((await left())[0] === 0 ? true : undefined))
    await sweeper.close()
    await store.close()
    await sweep(options)
    await sweeper.close()
    temp.remove()
  })
})
