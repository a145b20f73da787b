import { describe, expect, it } from 'vitest'
import { readOn } from './read-on.ts'

const KiB = 1024
/** What it holds at the end, and what was read after the first `held` bytes. */
const after = (held: number, reads: readonly number[], room = Infinity): readonly number[] => {
  const buffer = Buffer.alloc(64 * KiB)
  const done: number[] = []
  const read = (into: Buffer): number => {
    const count = Math.min(reads[done.length] ?? 0, into.length)
    done.push(count)
    return count
  }
  return [readOn(buffer, held, { room, read }), ...done]
}

describe('webtty process: reads a terminal on', () => {
  it('not after a little, such as the echo of a key', () => {
    expect(after(1, [4095])).toEqual([1])
    expect(after(2047, [4095])).toEqual([2047])
  })

  it('while each read gives much, and keeps what the last one gave', () => {
    expect(after(4095, [4095, 4095, 12, 4095])).toEqual([3 * 4095 + 12, 4095, 4095, 12])
    expect(after(4095, [4095])).toEqual([2 * 4095, 4095, 0])
  })

  it('up to what is wanted, and a read more at most', () => {
    expect(after(4095, [4095, 4095], 4095)).toEqual([4095])
    expect(after(4095, [4095, 4095], 4096)).toEqual([2 * 4095, 4095])
  })

  it('as far as the next read surely fits', () => {
    const [end, ...reads] = after(
      4096,
      Array.from({ length: 99 }, () => 4096),
    )
    expect([end, reads.length]).toEqual([64 * KiB, 15])
  })
})
