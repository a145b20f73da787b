/** Proves what the page does with its token: out of the address at once, kept by the tab, dropped when it is no longer good. */
import { describe, expect, it } from 'vitest'
import { dropToken, takeToken, type TokenWindow } from './page-token.ts'

const windowAt = (href: string, stored: Record<string, string> = {}) => {
  const kept = new Map(Object.entries(stored))
  const shown: string[] = []
  const window: TokenWindow = {
    location: { href },
    history: { replaceState: (_data, _unused, url) => void shown.push(url) },
    sessionStorage: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    },
  }
  return { window, kept, shown }
}

describe('webtty page token', () => {
  it('leaves the address with everything else in it, and stays with the tab', () => {
    const { window, kept, shown } = windowAt('https://lab.example/?a=1&towline.token=tow%5Fx&b=2#c')
    expect(takeToken(window)).toBe('tow_x')
    expect(shown).toEqual(['https://lab.example/?a=1&b=2#c'])
    expect([...kept]).toEqual([['towline.token', 'tow_x']])
  })

  it('is the one of the tab where the address has none, and none where there is none', () => {
    const { window, shown } = windowAt('https://lab.example/', { 'towline.token': 'tow_y' })
    expect(takeToken(window)).toBe('tow_y')
    expect(shown).toEqual([])
    expect(takeToken(windowAt('https://lab.example/').window)).toBe('')
  })

  it('is dropped', () => {
    const { window, kept } = windowAt('https://lab.example/', { 'towline.token': 'tow_y' })
    dropToken(window)
    expect(kept.size).toBe(0)
  })
})
