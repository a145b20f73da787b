/** Proves that windows follow the reader: they grow for one who waits for credit, and stay small for one who is slow. */
import { describe, expect, it } from 'vitest'
import { OutputWindow } from './output-window.ts'

const SIZES = { least: 100, most: 800 }

/** What a host sends that always uses all it may. Answers the credit of each turn. */
const flood = (turns: number, consume: (window: OutputWindow) => void): readonly number[] => {
  const window = new OutputWindow(0, SIZES)
  return Array.from({ length: turns }, () => {
    window.nextGrant()
    const begin = window.received
    window.received = window.granted
    consume(window)
    window.usedUp()
    return window.granted - begin
  })
}

describe('output window', () => {
  it('doubles up to its bound while the reader has read all and waits', () => {
    expect(flood(6, (window) => (window.consumed = window.received))).toEqual([100, 200, 400, 800, 800, 800])
    expect(flood(3, (window) => (window.consumed = window.received - 25))).toEqual([100, 175, 375])
  })

  it('stays as it was for a reader who lags behind, and comes back to it', () => {
    const lag = (window: OutputWindow): void => void (window.consumed = Math.max(window.consumed, window.received - 60))
    expect(flood(4, lag)).toEqual([100, 40, 40, 40])
    let turn = 0
    const credits = flood(20, (window) => {
      window.consumed = ++turn <= 5 ? window.received : Math.max(window.consumed, window.received - 700)
    })
    expect(Math.max(...credits.slice(0, 6))).toBe(800)
    expect(Math.max(...credits.slice(-3))).toBeLessThanOrEqual(100)
  })

  it('grants nothing before a quarter of it was consumed', () => {
    const window = new OutputWindow(40, SIZES)
    expect(window.nextGrant()).toBe(140)
    window.received = 140
    window.consumed = 64
    expect(window.nextGrant()).toBeUndefined()
    window.consumed = 65
    expect(window.nextGrant()).toBe(165)
  })
})
