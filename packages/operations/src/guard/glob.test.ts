/** Proves that patterns match what they say, whatever the text is written like, and never take long. */
import fc from 'fast-check'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { matchesPath, matchesText, matchesWords, plainPath } from './glob.ts'

/** What a regular expression would say, for texts short enough for it. */
const byRegex = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replaceAll(/[^a-z]/g, String.raw`\$&`))
      .join('.*')}$`,
    's',
  ).test(text)

describe('guard glob', () => {
  it.each([
    ['a', 'ab', false],
    ['a', 'a', true],
    ['*', '', true],
    ['a*', 'a', true],
    ['a*a', 'a', false],
    ['*.example', 'x.example', true],
    ['a?c', 'abc', false],
    ['[ab]', 'a', false],
    ['a*b*c', 'a-c-b-c', true],
    ['a*b*c', 'a-c-b', false],
  ])('matches text: %s takes %s: %s', (pattern, text, matches) => {
    verifies('guard.policy')
    expect(matchesText(pattern, text)).toBe(matches)
  })

  it('matches text as a regular expression would', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 })
    fc.assert(
      fc.property(letters, text, (pattern, given) => matchesText(pattern, given) === byRegex(pattern, given)),
      { seed: 1, numRuns: 3_000 },
    )
  })

  it.each([
    ['/srv/app/**', '/srv/app/a/b', true],
    ['/srv/app/**', '/srv/app', true],
    ['/srv/app/**', '/srv//app/./x/', true],
    ['/srv/app/**', '/srv/app/../../etc/passwd', false],
    ['/srv/app/**', '/srv/application', false],
    ['/srv/app/**', 'srv/app/x', false],
    ['/srv/*/log', '/srv/a/log', true],
    ['/srv/*/log', '/srv/a/b/log', false],
    ['/**/secret', '/a/b/../secret', true],
    ['/etc/**', '/../../etc/shadow', true],
    ['app/**', '../app/x', false],
    ['https://one.example/**', 'https://one.example/a/../b', true],
    ['https://one.example/**', 'https://one.example.evil/a', false],
  ])('matches a path: %s takes %s: %s', (pattern, path, matches) => {
    verifies('guard.policy')
    expect(matchesPath(pattern, path)).toBe(matches)
  })

  it('matches paths alike however they are written', () => {
    const part = fc.constantFrom('a', 'b', 'srv', 'app')
    const noise = fc.constantFrom('/', '//', '/./', '/x/../')
    const path = fc.array(fc.tuple(part, noise), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(path, (parts) => {
        const plain = `/${parts.map(([name]) => name).join('/')}`
        const noisy = `/${parts.map(([name, between]) => name + between).join('')}`
        return plainPath(noisy) === plain && matchesPath('/srv/**', noisy) === matchesPath('/srv/**', plain)
      }),
      { seed: 1, numRuns: 1_000 },
    )
  })

  it.each([
    [['systemctl', 'restart', '*'], ['systemctl', 'restart', 'nginx'], true],
    [['systemctl', 'restart', '*'], ['systemctl', 'restart'], false],
    [['systemctl', 'restart', '*'], ['systemctl', 'restart', 'nginx', '--now'], false],
    [['systemctl', '**'], ['systemctl', 'a', 'b'], true],
    [['systemctl', '**'], ['systemctl-evil'], false],
    [['git', 'log'], ['git log'], false],
    [['**'], [], true],
    [['*'], [], false],
    [['**', 'x', '**'], ['a', 'x', 'b'], true],
    [[], [], true],
    [[], ['a'], false],
  ])('matches whole words: %j takes %j: %s', (patterns, words, matches) => {
    expect(matchesWords(patterns, words)).toBe(matches)
  })

  it('does a bounded number of steps for the worst patterns', () => {
    verifies('guard.policy')
    // With backtracking each of these would outlive the test by far.
    expect(matchesText(`${'a*'.repeat(100)}b`, 'a'.repeat(4_096))).toBe(false)
    expect(matchesPath(`/${'**/a/'.repeat(40)}b`, `/${'a/'.repeat(2_000)}`)).toBe(false)
    expect(matchesWords([...Array(60).fill('**'), 'b'], Array(1_000).fill('a'))).toBe(false)
  })
})
