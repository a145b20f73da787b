/** Proves that filters with regexes mean what RE2 says and stay bounded. */
import { AppError, compileFilter, LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { compileRegex } from './regex.ts'

const filter = (pattern: string) =>
  compileFilter(JSON.stringify({ name: { regex: pattern } }), { name: [] }, compileRegex)

const refusal = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return error instanceof AppError ? [error.code, error.details['problem']] : error
  }
}

describe('engine filter regex', () => {
  it('refuses what is not RE2: look-ahead, back references, broken and oversized patterns', () => {
    verifies('engine.filter')
    const problem = (pattern: string) => [
      'FILTER_INVALID',
      `the regex "${pattern}" is not of the RE2 kind, or too large`,
    ]
    for (const pattern of ['(?=a)b', '(a)\\1', '(', 'a{2000}', '(a{1000}){1000}', '[^x]{500}']) {
      expect(refusal(() => filter(pattern))).toEqual(problem(pattern))
    }
  })

  it('refuses more regexes than the bound, and longer ones', () => {
    verifies('limits.table')
    const many = { OR: Array.from({ length: LIMITS.filterRegexes + 1 }, () => ({ name: { regex: 'a' } })) }
    expect(refusal(() => compileFilter(JSON.stringify(many), { name: [] }, compileRegex))).toEqual([
      'FILTER_INVALID',
      'it has more than 4 regexes',
    ])
    expect(refusal(() => filter('a'.repeat(LIMITS.filterRegexChars + 1)))).toEqual([
      'FILTER_INVALID',
      'a regex has 257 characters, at most 256 fit',
    ])
  })

  it('matches anywhere unless anchored, and of a list any item', () => {
    verifies('engine.filter')
    expect(['web', 'my-web', 'db'].map((name) => filter('web')({ name }))).toEqual([true, true, false])
    expect(['web', 'my-web'].map((name) => filter('^web$')({ name }))).toEqual([true, false])
    expect(filter('^b$')({ name: ['a', 'b'] })).toBe(true)
    expect(filter('.*')({})).toBe(false)
  })

  it('answers a pattern that makes a backtracking engine hang', () => {
    verifies('engine.filter')
    expect(filter('^(x+x+)+y$')({ name: 'x'.repeat(256) })).toBe(false)
  })
})
