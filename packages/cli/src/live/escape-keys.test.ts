/** Proves which keys end a terminal, and that nothing pasted does. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { EscapeKeys } from './escape-keys.ts'

/** What reaches the terminal, with what is asked for in brackets. */
const typed = (reads: readonly string[], key: string | undefined = '~'): string => {
  const keys = new EscapeKeys(key)
  return reads
    .map((text) => {
      const { bytes, action } = keys.read(new TextEncoder().encode(text))
      return new TextDecoder().decode(bytes) + (action ? `[${action}]` : '')
    })
    .join('')
}

describe('cli terminal: escape keys', () => {
  it.each([
    ['at the very start', ['~', '.'], '[end]'],
    ['in one read', ['~.'], '[end]'],
    ['after a line', ['ls\r', '~', 'd'], 'ls\r[leave]'],
    ['with the line before it', ['ls', '\r~', '.'], 'ls\r[end]'],
    ['all in one read', ['\r~.'], '\r[end]'],
    ['twice with the line before it', ['\r~~', '.'], '\r~.'],
    ['help, and on', ['~', '?', 'x'], '[help]x'],
    ['twice for itself', ['~', '~', '.'], '~.'],
    ['no escape', ['~', '/', 'a'], '~/a'],
    ['in the middle of a line', ['a', '~', '.'], 'a~.'],
    ['after what it passed on', ['\r', '~', 'x', '~', '.'], '\r~x~.'],
  ] as const)('%s', (_case, reads, expected) => {
    verifies('term.client')
    expect(typed(reads)).toBe(expected)
  })

  it('passes a paste on, whatever it holds', () => {
    verifies('term.client')
    expect(typed(['~.\n~.\n~d'])).toBe('~.\n~.\n~d')
    expect(typed(['~', '.more than one key'])).toBe('~.more than one key')
  })

  it('has another key, or none', () => {
    expect(typed(['^', '.'], '^')).toBe('[end]')
    const none = new EscapeKeys(undefined)
    expect(none.read(Uint8Array.of(0x7e)).bytes).toEqual(Uint8Array.of(0x7e))
  })
})
