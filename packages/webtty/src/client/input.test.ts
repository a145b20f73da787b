/** Proves that what is written comes after what others wrote before, and that a writer who was stopped goes on. */
import { LIMITS } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { Input } from './input.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('webtty client: input', () => {
  it('goes on where the host says that its input stands', () => {
    const input = new Input()
    input.write(bytes('more'))
    input.confirm(1000, 100)
    expect(input.next()).toEqual({ offset: 100, bytes: bytes('more') })
    expect(input.allSent).toBe(true)
  })

  it('sends what was not confirmed from its own offset after a cut', () => {
    const input = new Input()
    input.confirm(1000, 0)
    input.write(bytes('abc'))
    input.next()
    input.restart()
    input.confirm(1000, 0)
    expect(input.next()).toEqual({ offset: 0, bytes: bytes('abc') })
  })

  it('goes on when all but less than the host confirms at once was confirmed, wherever its chunks end', () => {
    const input = new Input()
    const half = LIMITS.webttyInputBytes / 2
    input.confirm(1e9, 0)
    input.write(new Uint8Array(half))
    expect(input.write(new Uint8Array(half))).toBe(false)
    expect(input.confirm(1e9, 2 * half - LIMITS.webttyConfirmBytes + 1)).toBe(true)
    expect(input.write(new Uint8Array(1))).toBe(true)
  })
})
