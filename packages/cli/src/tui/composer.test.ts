/** Proves the line that a person writes: characters as people see them, lines, and what was written before. */
import { LIMITS } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { type Composer, EMPTY_COMPOSER, holding, sentAway, typed } from './composer.ts'
import type { Key, KeyName } from './keys.ts'

const keyOf = (word: string): Key =>
  word.startsWith(':') ? ({ name: word.slice(1) as KeyName } as Key) : { name: 'text', text: word }
const after = (composer: Composer, ...words: readonly string[]): Composer =>
  words.map(keyOf).reduce((now, key) => typed(now, key), composer)
const shown = ({ text, cursor }: Composer): string => `${text.slice(0, cursor)}|${text.slice(cursor)}`

describe('tui composer', () => {
  it.each([
    [['abc', ':left', 'x'], 'abx|c'],
    [['a👍🏽', ':backspace'], 'a|'],
    [['👨‍👩‍👧b', ':home', ':right'], '👨‍👩‍👧|b'],
    [['ab', ':home', ':delete'], '|b'],
    [['one two', ':erase-word'], 'one |'],
    [['one two', ':word-left', ':word-left', ':word-right'], 'one| two'],
    [['ab', ':newline', 'cd', ':erase-start'], 'ab\n|'],
    [['ab', ':newline', 'cd', ':up'], 'ab|\ncd'],
    [['ab', ':newline', 'c', ':up', ':end', ':down'], 'ab\nc|'],
    [['ab', ':newline', 'cd', ':home', ':up', ':erase-end'], '|\ncd'],
    [[':backspace', ':delete', ':left', ':up', ':down'], '|'],
  ])('%j makes %j', (words, expected) => {
    expect(shown(after(EMPTY_COMPOSER, ...words))).toBe(expected)
  })

  it('goes through what was written, and back to the draft', () => {
    const two = sentAway(after(sentAway(after(EMPTY_COMPOSER, 'one')), 'two'))
    expect(shown(after(two, 'dra', ':up'))).toBe('two|')
    expect(shown(after(two, 'dra', ':up', ':up', ':up'))).toBe('one|')
    expect(shown(after(two, 'dra', ':up', ':up', ':down', ':down', 'ft'))).toBe('draft|')
  })

  it('remembers what was written twice once, and only so much', () => {
    const limits = { ...LIMITS, tuiHistory: 2 }
    const all = ['a', 'b', 'a', 'c'].reduce((now, text) => sentAway(holding(now, text), limits), EMPTY_COMPOSER)
    expect(all.history).toEqual(['a', 'c'])
  })

  it('takes a paste as text and nothing else, up to a bound', () => {
    const pasted = typed(EMPTY_COMPOSER, { name: 'paste', text: 'a\r\nb\rc\u001b[31m\u0007' })
    expect(pasted.text).toBe('a\nb\nc')
    const long = typed(pasted, { name: 'paste', text: 'xyz' }, { ...LIMITS, tuiPromptChars: 7 })
    expect([long.text, long.isCut]).toEqual(['a\nb\ncxy', true])
  })
})
