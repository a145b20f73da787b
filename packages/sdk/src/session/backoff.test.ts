/** Proves the bounds of reconnect delays. */
import { LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { retryDelayMs } from './backoff.ts'

describe('sdk backoff', () => {
  it('sdk backoff: doubles the bound up to the limit and spreads over all of it', () => {
    verifies('tunnel.reconnect')
    const bounds = [1, 2, 3, 7, 8, 1_000_000].map((failures) => retryDelayMs(failures, LIMITS, () => 1))
    expect(bounds).toEqual([200, 400, 800, 12_800, 15_000, 15_000])
    expect([retryDelayMs(9, LIMITS, () => 0), retryDelayMs(9, LIMITS, () => 0.5)]).toEqual([0, 7_500])
  })
})
