/** Proves who gets a place when all want one. */
import { describe, expect, it } from 'vitest'
import { PendingHandshakes, type Place } from './pending-handshakes.ts'

const crowd = (most: number) => {
  const pending = new PendingHandshakes({ e2eHandshakes: most }, () => 0)
  const gone: string[] = []
  const enter = (name: string, address?: string): Place => {
    const place = pending.enter({ address, giveWay: () => gone.push(name) })
    if (!place) throw new Error('not let in')
    return place
  }
  return { pending, gone, enter }
}

describe('webtty e2e: places of handshakes', () => {
  it('are taken from the address that has most, however often another comes', () => {
    const { pending, gone, enter } = crowd(3)
    enter('real', '192.0.2.1').begun()
    for (let at = 0; at < 100; at++) enter(`flood ${at}`, '198.51.100.7').begun()
    expect([gone.includes('real'), gone.length, pending.count]).toEqual([false, 98, 3])
  })

  it('are taken from those who say nothing, when all come from one address', () => {
    const { gone, enter } = crowd(3)
    enter('real').begun()
    for (let at = 0; at < 100; at++) enter(`flood ${at}`)
    expect(gone).not.toContain('real')
  })

  it('are taken from the oldest, when all are alike', () => {
    const { gone, enter } = crowd(2)
    for (const name of ['one', 'two', 'three']) enter(name)
    expect(gone).toEqual(['one'])
  })

  it('are free again when one leaves, once', () => {
    const { pending, enter } = crowd(2)
    const place = enter('one')
    place.leave()
    place.leave()
    expect(pending.count).toBe(0)
  })
})

describe('webtty e2e: refused clients', () => {
  const limits = { e2eRefusals: 3, e2eRefusalMs: 1000, e2eRefusedAddresses: 2 }
  const refusals = () => {
    let now = 0
    const pending = new PendingHandshakes(limits, () => now)
    const enter = (address: string): Place | undefined => pending.enter({ address, giveWay: () => undefined })
    const refuse = (address: string, times: number): void => {
      for (let at = 0; at < times; at++) enter(address)?.refused()
    }
    return { enter, refuse, wait: (ms: number) => void (now += ms) }
  }

  it('are slowed down by address, one a second, and others are not', () => {
    const { enter, refuse, wait } = refusals()
    refuse('192.0.2.1', 3)
    expect([enter('192.0.2.1'), enter('192.0.2.2') !== undefined]).toEqual([undefined, true])
    wait(1000)
    refuse('192.0.2.1', 5)
    expect(enter('192.0.2.1')).toBeUndefined()
    wait(3000)
    refuse('192.0.2.1', 2)
    expect(enter('192.0.2.1')).toBeDefined()
  })

  it('are remembered of a bounded number of addresses', () => {
    const { enter, refuse } = refusals()
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) refuse(address, 3)
    expect(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((one) => enter(one) !== undefined)).toEqual([true, false, false])
  })
})
