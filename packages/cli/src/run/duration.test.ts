/** Proves reading durations. */
import { AppError } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { parseDuration, parseMillis } from './duration.ts'

describe('duration: what is read and what is refused', () => {
  it.each(['', '0', '0s', '-1', '1.5h', '1w', 'h', '1 h', '9999999999', '1e3'])('duration: refuses %j', (text) => {
    expect(() => parseDuration(text, '--ttl')).toThrow(AppError)
  })

  it.each([
    ['90', 90],
    ['300s', 300],
    ['15m', 900],
    ['12h', 43_200],
    ['7d', 604_800],
  ])('duration: %s is %i seconds', (text, seconds) => {
    expect(parseDuration(text, '--ttl')).toBe(seconds)
    expect(parseMillis(text, '--timeout')).toBe(seconds * 1000)
  })

  it('duration: reads milliseconds where they count, and nowhere else', () => {
    expect(parseMillis('500ms', '--timeout')).toBe(500)
    expect(() => parseMillis('0ms', '--timeout')).toThrow(AppError)
    expect(() => parseDuration('500ms', '--ttl')).toThrow(AppError)
  })
})
