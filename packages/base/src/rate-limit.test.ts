/** Proves how attempts are counted: by whom, how a bucket fills, and that counting costs bounded memory. */
import { AppError, LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Rate, RateLimit, rateKey } from './rate-limit.ts'

const setUp = (limits = {}) => {
  const clock = { ms: 1_760_000_000_000 }
  const rate = new RateLimit({ ...LIMITS, ...limits }, () => clock.ms)
  const told = (act: () => void): unknown => {
    try {
      act()
      return 'counted'
    } catch (error) {
      return error instanceof AppError ? { code: error.code, ...error.details } : error
    }
  }
  return {
    clock,
    rate,
    count: (key: string) => told(() => rate.count(key, 2)),
    take: (key: string, of: Rate, cost?: number) => told(() => rate.take(key, of, cost)),
  }
}
const limited = (seconds: number) => ({ code: 'RATE_LIMITED', seconds })

describe('base rate limit', () => {
  it('refuses above the bound, and tells when the next would pass', () => {
    const { clock, count } = setUp()
    expect([count('a'), count('a'), count('a')]).toEqual(['counted', 'counted', limited(30)])
    expect(count('b'), 'another key').toBe('counted')
    clock.ms += 29_999
    expect(count('a')).toEqual(limited(1))
    clock.ms += 1
    expect([count('a'), count('a')]).toEqual(['counted', limited(30)])
  })

  it('lets no more than the burst through after the longest rest', () => {
    const { clock, count } = setUp()
    count('a')
    clock.ms += 24 * 3600_000
    expect([count('a'), count('a'), count('a')]).toEqual(['counted', 'counted', limited(30)])
  })

  it('counts what weighs more as more, and lets what weighs more than the burst through with a full bucket', () => {
    const { clock, take } = setUp()
    const rate = { perSecond: 2, burst: 10 }
    expect([take('a', rate, 6), take('a', rate, 6), take('a', rate, 4)]).toEqual(['counted', limited(1), 'counted'])
    expect(take('a', rate, 1_000)).toEqual(limited(5))
    clock.ms += 5_000
    expect(take('a', rate, 1_000)).toBe('counted')
  })

  it('gives nothing for a clock that was set back, and goes on from there', () => {
    const { clock, count } = setUp()
    for (const key of ['a', 'a']) count(key)
    clock.ms -= 3_600_000
    expect(count('a')).toEqual(limited(30))
    clock.ms += 30_000
    expect(count('a')).toBe('counted')
  })

  it('forgets the key that was counted longest ago when there are too many', () => {
    verifies('limits.table')
    const { count, rate } = setUp({ rateKeys: 2 })
    for (const key of ['a', 'a', 'b', 'c']) count(key)
    expect(rate.size).toBe(2)
    expect(count('a'), 'forgotten').toBe('counted')
    expect([count('c'), count('c')]).toEqual(['counted', limited(30)])
  })

  it('lets through at most the burst and the rate times the time, however attempts come', () => {
    const attempt = fc.record({ afterMs: fc.nat(5_000), cost: fc.integer({ min: 1, max: 4 }) })
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 60 }), fc.integer({ min: 4, max: 20 }), (attempts, burst) => {
        const { clock, take } = setUp()
        const rate = { perSecond: 3, burst }
        const startedMs = clock.ms
        let passed = 0
        for (const { afterMs, cost } of attempts) {
          clock.ms += afterMs
          if (take('a', rate, cost) === 'counted') passed += cost
          expect(passed).toBeLessThanOrEqual(burst + (3 * (clock.ms - startedMs)) / 1000 + 0.01)
        }
      }),
    )
  })

  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', ''],
  ])('counts %s as %s', (address, key) => {
    expect(rateKey(address)).toBe(key)
  })
})
