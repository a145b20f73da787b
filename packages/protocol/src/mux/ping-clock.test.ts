/** Proves what pings tell of a link. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { PingClock } from './ping-clock.ts'

const rig = () => {
  const at = { now: 1_000 }
  const samples: number[] = []
  const sample = (ms: number) => void samples.push(ms)
  return { at, samples, sample, clock: new PingClock(() => at.now) }
}

describe('mux ping clock', () => {
  it('takes no answer that nobody asked for', () => {
    const { clock, sample, samples } = rig()
    clock.answered(sample)
    expect([clock.shortestMs, clock.answeredAt, samples]).toEqual([0, 0, []])
  })

  it('has one ping under way, whose age counts as delay', () => {
    verifies('link.bulk')
    const { clock, at } = rig()
    expect(clock.ask('beat')).toBe(0)
    at.now += 700
    expect([clock.ask('probe'), clock.delayMs]).toEqual([1_000, 700])
  })

  it('keeps the shortest way for ever and the last one beside it', () => {
    verifies('link.bulk')
    const { clock, at, sample } = rig()
    for (const ms of [40, 20, 500]) {
      clock.ask('probe')
      at.now += ms
      clock.answered(sample)
    }
    expect([clock.shortestMs, clock.delayMs, clock.answeredAt, clock.answers]).toEqual([20, 500, 1_060, 3])
  })

  it('feeds the sample with heartbeats only, also with one that found a probe under way', () => {
    const { clock, at, sample, samples } = rig()
    const round = (ms: number, ...kinds: readonly ('beat' | 'probe')[]): void => {
      for (const kind of kinds) clock.ask(kind)
      at.now += ms
      clock.answered(sample)
    }
    round(10, 'beat')
    round(99, 'probe')
    round(30, 'probe', 'beat')
    expect(samples).toEqual([10, 30])
  })
})
