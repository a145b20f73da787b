/** Proves how attempts are counted: by whom, in which window, and that counting costs bounded memory. */
import { AppError, LIMITS } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { RateLimit, rateKey } from './rate-limit.ts'

const setUp = (limits = {}) => {
  const clock = { ms: 1_000_000 }
  const rate = new RateLimit({ ...LIMITS, ...limits }, () => clock.ms)
  const count = (key: string): unknown => {
    try {
      rate.count(key, 2)
      return 'counted'
    } catch (error) {
      return error instanceof AppError ? { code: error.code, ...error.details } : error
    }
  }
  return { clock, count }
}

describe('control rate limit', () => {
  it('refuses above the bound until the minute is over, and tells how long that is', () => {
    const { clock, count } = setUp()
    expect([count('a'), count('a')]).toEqual(['counted', 'counted'])
    clock.ms += 10_500
    expect(count('a')).toEqual({ code: 'RATE_LIMITED', seconds: 50 })
    expect(count('b'), 'another key').toBe('counted')
    clock.ms += 49_500
    expect(count('a')).toBe('counted')
  })

  it('forgets the key that was counted longest ago when there are too many', () => {
    const { count } = setUp({ rateKeys: 2 })
    for (const key of ['a', 'a', 'b', 'c']) count(key)
    expect(count('a'), 'forgotten').toBe('counted')
    expect([count('c'), count('c')]).toEqual(['counted', { code: 'RATE_LIMITED', seconds: 60 }])
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
