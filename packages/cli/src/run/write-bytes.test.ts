/** Proves that bytes go to a slow reader at its pace, and that waiting for it leaves nothing behind. */
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { writeBytes } from './write-bytes.ts'

const slow = (): PassThrough => new PassThrough({ highWaterMark: 1 })

describe('cli write bytes', () => {
  it('copies what it is lent, and waits until it was taken', async () => {
    const stream = slow()
    const bytes = Buffer.from('lent')
    const caughtUp = writeBytes(stream, bytes)
    bytes.fill(0)
    expect(stream.read()).toEqual(Buffer.from('lent'))
    await caughtUp
  })

  it('leaves no listener behind, however often it waited', async () => {
    const stream = slow()
    const before = stream.eventNames().map((name) => [name, stream.listenerCount(name)])
    for (let turn = 0; turn < 20; turn++) {
      const caughtUp = writeBytes(stream, Buffer.from('x'))
      stream.read()
      await caughtUp
    }
    expect(stream.eventNames().map((name) => [name, stream.listenerCount(name)])).toEqual(before)
  })

  it('waits no longer when the reader has gone away', async () => {
    const stream = slow().on('error', () => {})
    const caughtUp = writeBytes(stream, Buffer.from('x'))
    stream.destroy(new Error('gone'))
    await caughtUp
    expect(writeBytes(stream, Buffer.from('x'))).toBe(undefined)
  })
})
