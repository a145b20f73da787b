/** Proves what the keys below the screen type. */
import { describe, expect, it } from 'vitest'
import { keyText, ROW_KEYS, withCtrl } from './key-bytes.ts'

const typed = (ctrl: boolean, applicationCursor = false): Record<string, string> =>
  Object.fromEntries(ROW_KEYS.map((key) => [key.name, keyText(key, { ctrl, applicationCursor })]))

describe('webtty page keys', () => {
  it('type what a keyboard would', () => {
    expect(typed(false)).toEqual({
      Escape: '\u001b',
      Tab: '\t',
      Left: '\u001b[D',
      Down: '\u001b[B',
      Up: '\u001b[A',
      Right: '\u001b[C',
      Interrupt: '\u0003',
      Pipe: '|',
      Tilde: '~',
      Dash: '-',
      Slash: '/',
    })
  })

  it('follow the mode of the terminal, and Ctrl', () => {
    expect(typed(false, true)).toMatchObject({ Left: '\u001bOD', Up: '\u001bOA' })
    expect(typed(true, true)).toMatchObject({
      Left: '\u001b[1;5D',
      Pipe: '\u001c',
      Tilde: '\u001e',
      Dash: '\u001f',
      Slash: '\u001f',
      Interrupt: '\u0003',
    })
  })

  it.each([
    ['c', '\u0003'],
    ['C', '\u0003'],
    ['[', '\u001b'],
    ['_', '\u001f'],
    ['@', '\0'],
    [' ', '\0'],
    ['?', '\u007f'],
    ['1', '1'],
    ['\u00e9', '\u00e9'],
    ['cd', 'cd'],
  ])('make of Ctrl and %j %j', (text, expected) => {
    expect(withCtrl(text)).toBe(expected)
  })
})
