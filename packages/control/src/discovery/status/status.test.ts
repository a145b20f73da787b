/** Proves the status: what fails is told, deadlines hold, and nobody can make it ask more often. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { asking, siteOf } from '../site.fixture.ts'
import type { StatusCheck } from '../site.ts'
import { createStatus } from './status.ts'

const good = (name: string, vital = true): StatusCheck => ({ name, vital, run: async () => undefined })
const bad = (name: string, vital = true): StatusCheck => ({
  name,
  vital,
  run: async () => {
    throw new Error('the password is hunter2')
  },
})

describe('discovery status', () => {
  it('is down without a vital dependency, degraded without another, and tells reasons to the log only', async () => {
    verifies('discovery.status')
    const cases = [
      [[bad('store'), good('disk')], 503, 'down'],
      [[good('store'), bad('disk', false)], 200, 'degraded'],
      [[good('store'), good('disk', false)], 200, 'ok'],
    ] as const
    for (const [checks, status, word] of cases) {
      const failed: string[] = []
      const onFailure = (name: string): void => void failed.push(name)
      const answer = await asking(siteOf({ status: { checks, clock: () => 5_000, onFailure } }))('/api/status')
      const text = await answer.text()
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([status, 'no-store'])
      expect(JSON.parse(text)).toMatchObject({ status: word, version: '0.1.0', checkedAt: 5 })
      expect(text).not.toContain('hunter2')
      expect(failed).toEqual(checks.filter(({ run }) => run.toString().includes('throw')).map(({ name }) => name))
    }
  })

  it('does not wait for a dependency that never answers', async () => {
    const never: StatusCheck = { name: 'store', vital: true, run: () => new Promise(() => undefined) }
    const limits = { statusCheckMs: 1, statusFreshMs: 1_000 }
    const status = createStatus({ checks: [never], clock: () => 0, onFailure: () => undefined, version: '1', limits })
    expect((await status()).status).toBe('down')
  })

  it('asks once for all who ask within a second', async () => {
    let [now, asked] = [0, 0]
    const counted: StatusCheck = { name: 'store', vital: true, run: async () => void (asked += 1) }
    const limits = { statusCheckMs: 1_000, statusFreshMs: 1_000 }
    const status = createStatus({
      checks: [counted],
      clock: () => now,
      onFailure: () => undefined,
      version: '1',
      limits,
    })
    await Promise.all([status(), status()])
    now = 999
    await status()
    expect(asked).toBe(1)
    now = 1_000
    await status()
    expect(asked).toBe(2)
  })
})
