import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawSnapshot } from './draw-snapshot.ts'
import { ModeTracker } from './mode-tracker.ts'
import { ScreenRing } from './screen-ring.ts'

const text = new TextEncoder()

/** Feeds text in two parts, cut at `at`. */
const tracked = (data: string, at = 0): ModeTracker => {
  const tracker = new ModeTracker()
  const bytes = text.encode(data)
  tracker.feed(bytes.subarray(0, at))
  tracker.feed(bytes.subarray(at))
  return tracker
}

describe('webtty ring: modes', () => {
  const data = 'a\x1b[?1049h\x1b[?1;2004hb\x1b[31m\x1b[?25l\x1b=\x1b[?1l'

  it('are known wherever the bytes are cut', () => {
    for (let at = 0; at <= data.length; at++)
      expect(tracked(data, at).restore()).toBe('\x1b=\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[?1l')
  })

  it('go by a reset', () => {
    expect(tracked(`${data}\x1bc`).restore()).toBe('')
    expect(tracked(`${data}\x1b[!p\x1b[?7l`).restore()).toBe('\x1b[?7l')
  })

  it('are not set by anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const tracker = new ModeTracker()
        tracker.feed(bytes)
        expect(tracker.restore()).toMatch(/^(\x1b[=>])?(\x1b\[\?[\d;]*[hl])*$/)
      }),
    )
  })
})

describe('webtty ring: snapshot', () => {
  it('shows the screen whose beginning is forgotten, in its modes', async () => {
    const ring = new ScreenRing(4096)
    ring.append(text.encode('\x1b[?1049h\x1b[?25l\x1b[?1006h\x1b[?2004h'))
    for (let line = 0; line < 1000; line++) ring.append(text.encode(`line ${line}\r\n`))
    ring.append(text.encode('\x1b[2J\x1b[H\x1b[1mtitle ü€😀\x1b[0m\x1b[5;3Hhere'))
    const shown = await drawSnapshot({ ring, cols: 40, rows: 10, scrollback: 50 })
    expect({ ...shown, data: '' }).toEqual({ offset: ring.end, cols: 40, rows: 10, data: '' })
    for (const part of ['\x1b[?1049h', 'title ü€😀', 'here', '\x1b[?25l', '\x1b[?1006h', '\x1b[?2004h'])
      expect(shown.data).toContain(part)
  })

  it('keeps some lines above the screen, not all', async () => {
    const ring = new ScreenRing(65_536)
    for (let line = 0; line < 1000; line++) ring.append(text.encode(`line ${line}\r\n`))
    const { data } = await drawSnapshot({ ring, cols: 40, rows: 10, scrollback: 50 })
    expect(data.startsWith('line 941\r\n')).toBe(true)
    expect(data).toContain('line 999')
  })
})
