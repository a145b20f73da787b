/** Proves the figures of a tunnel. */
import { describe, expect, it } from 'vitest'
import { TunnelMeter } from './meter.ts'

describe('engine meter', () => {
  it('has nothing to tell before anything happened, and nothing twice', () => {
    const meter = new TunnelMeter()
    expect(meter.takeChanged()).toBeUndefined()
    meter.began()
    expect(meter.takeChanged()).toEqual({ active: 1, requests: 1, p50Ms: 0, p99Ms: 0 })
    expect(meter.takeChanged()).toBeUndefined()
  })

  it('never counts below nothing', () => {
    const meter = new TunnelMeter()
    meter.ended()
    meter.began()
    meter.ended()
    meter.ended()
    expect(meter.figures()).toEqual({ active: 0, requests: 1, p50Ms: 0, p99Ms: 0 })
  })

  it('looks at the last 128 answers', () => {
    const meter = new TunnelMeter()
    for (let ms = 1; ms <= 100; ms++) meter.answered(ms)
    expect(meter.figures()).toMatchObject({ p50Ms: 50, p99Ms: 99 })
    for (let count = 0; count < 128; count++) meter.answered(7.123)
    expect(meter.figures()).toMatchObject({ p50Ms: 7.12, p99Ms: 7.12 })
  })
})
