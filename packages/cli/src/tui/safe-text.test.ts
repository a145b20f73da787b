/** Proves that no text of a server drives the terminal, however it comes. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { safeLine, safeOutput, safeText } from './safe-text.ts'

// oxlint-disable-next-line no-control-regex -- that none is left is what is proven
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

describe('tui safe text', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]0;title\u0007x', 'x'],
    ['\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001bPq#0;2\u001b\\x', 'x'],
    ['\u009b2Jx\u009d0;t\u009cy', 'xy'],
    ['\u001bc\u001b(Bx', 'x'],
    ['a\u001b', 'a'],
    ['a\u001b[3', 'a'],
    ['\u001b]0;no end\nnext', '0;no end\nnext'],
    ['\u202egnp.exe', 'gnp.exe'],
    ['a\tb\u0000\u0008c', 'a    bc'],
    ['one\r\ntwo', 'one\ntwo'],
    [undefined, ''],
    [{ text: 'x' }, ''],
  ])('makes %j harmless', (text, expected) => {
    verifies('tui.remote')
    expect(safeText(text)).toBe(expected)
  })

  it('is safe for every cut of every text', () => {
    let seed = 7
    const random = (most: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return seed % most
    }
    const PARTS = [
      '\u001b',
      '[',
      ']',
      '0',
      ';',
      'm',
      '\u0007',
      '\u009b',
      '\u009d',
      '\\',
      'a',
      '\n',
      '\r',
      '\u202e',
      'P',
      '世',
    ]
    for (let run = 0; run < 2000; run += 1) {
      const text = Array.from({ length: 1 + random(12) }, () => PARTS[random(PARTS.length)]).join('')
      for (const made of [safeText, safeLine, safeOutput]) expect(made(text)).not.toMatch(UNSAFE)
    }
  })

  it('keeps what a command wrote last where it went back', () => {
    expect(safeOutput('10%\r50%\r100%\r\nok\r\n')).toBe('100%\nok\n')
  })

  it('puts a text on one line', () => {
    expect(safeLine('a \n  b\nc')).toBe('a b c')
  })
})
