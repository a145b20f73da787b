/** Proves who is counted as whom, and that strangers cost nobody else anything. */
import { AppError, LIMITS } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { CallerRate } from './caller-rate.ts'

const BOUNDS = {
  ...LIMITS,
  ...{ apiRequestsPerSecond: 1, apiRequestsBurst: 3, anonymousRequestsPerSecond: 1, anonymousRequestsBurst: 2 },
}

const setUp = (rateKeys = LIMITS.rateKeys) => {
  const rate = new CallerRate({ ...BOUNDS, rateKeys }, () => 1_760_000_000_000)
  const told = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'answered',
      (error: AppError) => error.code,
    )
  return {
    rate,
    known: (credentialId: string, cost?: number) =>
      told(rate.identified('192.0.2.1', async () => ({ credentialId }), cost)),
    refused: (address: string, code: 'UNAUTHENTICATED' | 'AUTHORITY_UNAVAILABLE' = 'UNAUTHENTICATED') =>
      told(rate.identified(address, () => Promise.reject(new AppError(code)))),
  }
}
const times = async (count: number, act: () => Promise<string>): Promise<string[]> => {
  const told = []
  for (let n = 0; n < count; n++) told.push(await act())
  return told
}

describe('base caller rate', () => {
  it('counts who is known by who it is, whatever the address', async () => {
    const { known } = setUp()
    expect(await times(4, () => known('crd_a'))).toEqual(['answered', 'answered', 'answered', 'RATE_LIMITED'])
    expect(await known('crd_b')).toBe('answered')
    expect([await known('crd_c', 3), await known('crd_c')]).toEqual(['answered', 'RATE_LIMITED'])
  })

  it('counts what is refused by its address, and then says so instead', async () => {
    const { known, refused } = setUp()
    const three = await times(3, () => refused('192.0.2.1'))
    expect(three).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED', 'RATE_LIMITED'])
    expect(await known('crd_a'), 'from the same address').toBe('answered')
    expect(await refused('192.0.2.2')).toBe('UNAUTHENTICATED')
  })

  it('counts no failure of ours as one of the caller', async () => {
    const { refused } = setUp()
    const three = await times(3, () => refused('192.0.2.1', 'AUTHORITY_UNAVAILABLE'))
    expect(three).toEqual(Array(3).fill('AUTHORITY_UNAVAILABLE'))
  })

  it('forgets no credential because many strangers come', async () => {
    const { known, refused } = setUp(2)
    await times(3, () => known('crd_a'))
    for (let n = 0; n < 10; n++) await refused(`192.0.2.${n}`)
    expect(await known('crd_a')).toBe('RATE_LIMITED')
  })
})
