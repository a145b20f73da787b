/** Proves that bounded output is exactly its beginning and its end, with what is between counted. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeadTail } from './head-tail.ts'

describe('webtty head and tail', () => {
  it('keep all that fits, and the first and last halves of more, however it comes', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 12 })
    fc.assert(
      fc.property(parts, fc.nat({ max: 60 }), (chunks, max) => {
        // Seven bits, so that no character is cut.
        const sent = chunks.map((chunk) => chunk.map((byte) => byte & 0x7f))
        const all = Buffer.concat(sent)
        const kept = new HeadTail(max)
        let at = 0
        for (const chunk of sent) {
          kept.add(at, chunk)
          at += chunk.length
        }
        const omitted = Math.max(all.length - max, 0)
        const [head, tail] = [all.subarray(0, Math.ceil(max / 2)), all.subarray(all.length - Math.floor(max / 2))]
        const text = omitted === 0 ? all.toString() : `${head}\n[${omitted} bytes left out]\n${tail}`
        const gap = omitted === 0 ? {} : { gap: [head.length, all.length - tail.length] }
        expect(kept.result()).toEqual({ text, encoding: 'utf8', bytes: all.length, omitted, ...gap })
      }),
    )
  })

  it('cut no character, and count its bytes as left out', () => {
    const text = 'aä€😀'.repeat(40)
    const all = Buffer.from(text)
    for (let max = 0; max <= 40; max++) {
      const kept = new HeadTail(max)
      kept.add(0, all)
      const { text: got, encoding, omitted } = kept.result()
      expect([encoding, got.includes('\ufffd')]).toEqual(['utf8', false])
      const [head = '', tail = ''] = got.split(`\n[${omitted} bytes left out]\n`)
      expect(Buffer.byteLength(head + tail) + omitted).toBe(all.length)
      expect(text.startsWith(head) && text.endsWith(tail)).toBe(true)
    }
  })

  it('count what was never sent', () => {
    const kept = new HeadTail(100)
    kept.add(0, Buffer.from('begin'))
    kept.add(1000, Buffer.from('end'))
    expect(kept.result()).toEqual({
      text: 'begin\n[995 bytes left out]\nend',
      encoding: 'utf8',
      bytes: 1003,
      omitted: 995,
      gap: [5, 1000],
    })
  })
})
