/** Proves reading keys: the same, wherever the bytes of a terminal are cut. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { type Key, Keys } from './keys.ts'

const joined = (keys: readonly Key[]): readonly (string | readonly [string, string])[] => {
  const told: (string | readonly [string, string])[] = []
  for (const key of keys) {
    const last = told.at(-1)
    if (key.name !== 'text' && key.name !== 'paste') told.push(key.name)
    else if (key.name === 'text' && last?.[0] === 'text') told[told.length - 1] = ['text', last[1] + key.text]
    else told.push([key.name, key.text])
  }
  return told
}

const TYPED =
  'Grüße 世界\r\n\u001b[A\u001bOB\u001b[1;5C\u001b[3~\u001b[200~a\nb\u001b[31mc\u001b[20\u001b[201~x\u007f\u001b\r\u0003\u001b[99;99~\u001b\u001b[Dz'
const READ = [
  ['text', 'Grüße 世界'],
  ...['enter', 'newline', 'up', 'down', 'word-right', 'delete'],
  ['paste', 'a\nb\u001b[31mc\u001b[20'],
  ['text', 'x'],
  ...['backspace', 'newline', 'interrupt', 'escape', 'left'],
  ['text', 'z'],
]

describe('tui keys', () => {
  it('reads keys, text and pastes', () => {
    expect(joined(new Keys().feed(TYPED))).toEqual(READ)
  })

  it('reads the same wherever the bytes are cut', () => {
    verifies('tui.remote')
    for (let at = 1; at < TYPED.length; at += 1) {
      const keys = new Keys()
      expect(joined([...keys.feed(TYPED.slice(0, at)), ...keys.feed(TYPED.slice(at))]), `cut at ${at}`).toEqual(READ)
    }
    const keys = new Keys()
    expect(joined([...TYPED].flatMap((char) => keys.feed(char)))).toEqual(READ)
  })

  it('takes a lone Escape for the key once nothing follows', () => {
    const keys = new Keys()
    expect(keys.feed('\u001b')).toEqual([])
    expect(keys.isWaiting).toBe(true)
    expect(keys.flush()).toEqual([{ name: 'escape' }])
    expect(keys.isWaiting).toBe(false)
    expect(keys.feed('[')).toEqual([{ name: 'text', text: '[' }])
  })

  it('drops what is no key, and waits for no end of it', () => {
    const keys = new Keys()
    expect(keys.feed('\u001b[?64;1c\u001b]')).toEqual([])
    expect(keys.feed('\u001b[1')).toEqual([])
    expect(keys.flush()).toEqual([])
    expect(keys.feed('a')).toEqual([{ name: 'text', text: 'a' }])
  })
})
