/** Proves that what is kept of output is a copy: sockets hand out Buffers that are filled again at once. */
import { describe, expect, it } from 'vitest'
import { HeadTail } from './head-tail.ts'

describe('webtty client: lent bytes', () => {
  it('keeps head and tail when the buffer is used again', () => {
    const kept = new HeadTail(8)
    const slab = Buffer.from('abcdefgh12345678')
    kept.add(0, slab.subarray(0, 8))
    kept.add(8, slab.subarray(8))
    slab.fill('x')
    expect(kept.result()).toMatchObject({ bytes: 16, omitted: 8, text: expect.stringMatching(/^abcd.*5678$/s) })
  })
})
