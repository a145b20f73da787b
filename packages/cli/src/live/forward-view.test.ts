/** Proves the live view: hostile text cannot leave its line, and redrawing goes up as many lines as it drew. */
import { PassThrough } from 'node:stream'
import type { ForwardState } from '@towline/operations'
import { AppError, type Tunnel } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { testIo } from '../../test/test-io.ts'
import { styleFor } from '../output/style.ts'
import { plainLine, viewLines } from './forward-view.ts'
import { openScreen } from './screen.ts'

const style = styleFor(testIo().io, 'stdout')
const STATS = { requests: 0, active: 0, p50Ms: 0, p99Ms: 0 }
const tunnel = { url: 'http://web.dev.localhost:8080' } as Tunnel
const ONLINE: ForwardState = { status: 'online', target: 'localhost:3000', tunnel, stats: STATS, reconnects: 0 }
const broken = (problem: string): AppError => new AppError('USAGE', { problem })

describe('live view: what a person sees', () => {
  it('live view: text from elsewhere cannot move the cursor or break the line', () => {
    const hostile = { ...ONLINE, error: broken('a\u001b[2J\nb\u0007'), tunnel: { ...tunnel, url: 'http://\u202eevil' } }
    const text = [...viewLines(hostile, style, 80), plainLine(hostile)].join('')
    // oxlint-disable-next-line no-control-regex -- that none is left is what is proven
    expect(text).not.toMatch(/[\u0000-\u001f\u202e]/)
  })

  it('live view: keeps every line within the terminal', () => {
    for (const columns of [20, 40, 80]) {
      const lines = viewLines({ ...ONLINE, error: broken('x'.repeat(200)) }, style, columns)
      expect(Math.max(...lines.map((text) => text.length))).toBeLessThanOrEqual(Math.max(columns, 34))
    }
  })

  it('live view: tells url, target, requests, latency and reconnects', () => {
    const state = { ...ONLINE, stats: { requests: 12, active: 3, p50Ms: 1.25, p99Ms: 48.4 }, reconnects: 2 }
    expect(viewLines(state, style, 80)).toEqual([
      'status     online',
      'url        http://web.dev.localhost:8080',
      'target     localhost:3000',
      'requests   12 (3 now)',
      'latency    p50 1.3 ms, p99 48 ms',
      'reconnects 2',
      '           Ctrl-C ends the tunnel.',
    ])
  })

  it('live view: is one plain line without a terminal', () => {
    expect(plainLine(ONLINE)).toBe('online  http://web.dev.localhost:8080 -> localhost:3000')
    expect(plainLine({ status: 'connecting', target: 'localhost:3000', stats: STATS, reconnects: 0 })).toBe(
      'connecting',
    )
  })
})

describe('screen: redrawing in place', () => {
  it('screen: goes up exactly the lines it drew, and gives the cursor back once', () => {
    const stdout = new PassThrough()
    const screen = openScreen(testIo({ stdout }).io)
    screen.draw(['a', 'b', 'c'])
    screen.draw(['d'])
    screen.draw(['e'])
    screen.close()
    screen.close()
    screen.draw(['late'])
    const text = String(stdout.read())
    // oxlint-disable-next-line no-control-regex -- the sequences are what is proven
    expect(text.match(/\u001b\[\d+A/g)).toEqual(['\u001b[3A', '\u001b[1A'])
    expect(text.split('\u001b[?25h')).toHaveLength(2)
    expect(text).not.toContain('late')
  })
})
