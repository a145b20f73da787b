import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeadTail } from './head-tail.ts'
import { type Retained, Ring } from './ring.ts'

/** Everything kept from `offset` on, with the offset it begins at. */
const readAll = (retained: Retained, offset: number): { from: number; bytes: number[] } => {
  const from = retained.seek(offset)
  const bytes: number[] = []
  while (from + bytes.length < retained.end) {
    const part = retained.read(from + bytes.length, 7)
    if (part.length === 0) break
    bytes.push(...part)
  }
  return { from, bytes }
}

const parts = fc.array(fc.uint8Array({ maxLength: 60_000 }), { maxLength: 12 })

describe('webtty ring', () => {
  it('keeps exactly the last bytes, by absolute offset', () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 50_000 }), (pieces, capacity) => {
        const ring = new Ring(capacity)
        for (const piece of pieces) ring.append(piece)
        const all = pieces.flatMap((piece) => [...piece])
        const from = Math.max(0, all.length - capacity)
        expect(ring.end).toBe(all.length)
        expect(ring.start).toBe(from)
        expect(readAll(ring, 0)).toEqual({ from, bytes: all.slice(from) })
      }),
      { numRuns: 60 },
    )
  })

  it('begins at an offset other than zero', () => {
    const ring = new Ring(4, 10)
    ring.append(Uint8Array.of(1, 2, 3, 4, 5, 6))
    expect(readAll(ring, 0)).toEqual({ from: 12, bytes: [3, 4, 5, 6] })
    expect(ring.seek(14)).toBe(14)
    expect(ring.seek(99)).toBe(16)
  })
})

describe('webtty ring: head and tail', () => {
  it('keeps both ends and counts what it forgot exactly', () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: 2, max: 50_000 }), (pieces, capacity) => {
        const kept = new HeadTail(capacity)
        for (const piece of pieces) kept.append(piece)
        const all = pieces.flatMap((piece) => [...piece])
        const half = Math.floor(capacity / 2)
        const omitted = Math.max(0, all.length - capacity)
        expect(kept.end).toBe(all.length)
        const head = all.slice(0, half)
        const tail = all.slice(Math.max(half, half + omitted))
        const first: number[] = []
        while (first.length < head.length)
          first.push(...kept.read(first.length, 11).subarray(0, head.length - first.length))
        expect(first).toEqual(head)
        const rest = readAll(kept, half)
        expect(rest).toEqual({ from: Math.min(half + omitted, all.length), bytes: tail })
      }),
      { numRuns: 60 },
    )
  })
})
