/** Proves that wires in memory keep the order, wait for who is paused, and deliver all before they close. */
import { beforeEach, describe, expect, it } from 'vitest'
import { memoryWires } from './memory-wires.ts'
import type { Wire } from './wire.ts'

let near: Wire
let far: Wire
let heard: string[]
const listen = (wire: Wire, name: string): void => {
  wire.sink = {
    message: (text) => void heard.push(`${name} ${text}`),
    drained: () => void heard.push(`${name} drained`),
    closed: () => void heard.push(`${name} closed`),
  }
}
beforeEach(() => {
  ;[near, far] = memoryWires()
  heard = []
  listen(near, 'near')
  listen(far, 'far')
})
const settled = (): Promise<void> => new Promise((done) => setImmediate(done))

describe('memory wires', () => {
  it('deliver in order, never within the call that sent', async () => {
    far.resume()
    near.send('1')
    near.send('2')
    expect([heard, near.queued]).toEqual([[], 2])
    await settled()
    expect([heard, near.queued]).toEqual([['far 1', 'far 2', 'near drained'], 0])
  })

  it('wait for who is paused', async () => {
    near.send('1')
    await settled()
    expect(heard).toEqual([])
    far.resume()
    await settled()
    expect(heard).toEqual(['far 1', 'near drained'])
  })

  it('deliver what was sent before they close, and nothing after', async () => {
    far.resume()
    near.send('1')
    near.close()
    near.send('2')
    far.send('3')
    await settled()
    expect(heard).toEqual(['near closed', 'far 1', 'near drained', 'far closed'])
  })

  it('close once, from either side', async () => {
    near.close()
    far.close()
    near.close()
    await settled()
    expect(heard).toEqual(['near closed', 'far closed'])
  })
})
