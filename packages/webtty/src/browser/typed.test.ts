/** Proves that what is typed and pasted arrives whole, in order and in parts, however slow the terminal is. */
import { describe, expect, it } from 'vitest'
import { MOST_TYPED, Typed } from './typed.ts'

const slow = () => {
  const parts: Uint8Array[] = []
  return { parts, typed: new Typed({ write: (bytes) => parts.push(bytes) % 3 !== 0 }) }
}
const textOf = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString()

describe('webtty page typing', () => {
  it('refuses a paste that is too long as a whole, and takes what comes after', () => {
    const { parts, typed } = slow()
    expect(typed.type('x'.repeat(MOST_TYPED + 1))).toBe(false)
    expect(typed.type('y')).toBe(true)
    expect(textOf(parts)).toBe('y')
  })

  it('sends a paste of 1 MB in parts as they are taken, and what was typed meanwhile after it', () => {
    const { parts, typed } = slow()
    const paste = 'a\u00df\u{1f680}'.repeat(250_000)
    typed.type(paste)
    typed.type('end')
    expect(parts.length).toBe(3)
    while (textOf(parts.slice(-1)) !== 'end') typed.drained()
    expect(textOf(parts)).toBe(`${paste}end`)
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(48 * 1024)
  })
})
