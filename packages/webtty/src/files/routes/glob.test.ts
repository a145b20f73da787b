/** Proves what a glob means, and that no pattern takes long. */
import { LIMITS } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { parseGlob } from './glob.ts'

describe('webtty files glob', () => {
  it.each([
    ['*.ts', 'a/b.ts', true],
    ['*.ts', 'a/b.tsx', false],
    ['b?', 'a/b1', true],
    ['a/*', 'a/b', true],
    ['a/*', 'a/b/c', false],
    ['a/**', 'a/b/c', true],
    ['**/c', 'a/b/c', true],
    ['**/c', 'c', true],
    ['/a', 'a', true],
    ['a/**/d', 'a/d', true],
    ['a/**/d', 'a/b/c/e', false],
    ['**', 'a', true],
    ['[a]', 'a', false],
  ])('%s for %s: %s', (pattern, path, meant) => {
    expect(parseGlob(pattern, LIMITS)(path.split('/'))).toBe(meant)
  })

  it('refuses a long one, and ends soon with one made to take long', () => {
    expect(() => parseGlob('x'.repeat(257), LIMITS)).toThrow('longer than 256')
    const glob = parseGlob('*a'.repeat(127), LIMITS)
    expect(glob(['a'.repeat(255).replace(/a$/, 'b')])).toBe(false)
  })
})
