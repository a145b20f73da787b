/** Proves how messages go out on a WebSocket. */
import { EventEmitter, once } from 'node:events'
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { webSocketWire } from './web-socket-wire.ts'

/** A WebSocket over a connection that remembers what it was handed at once. */
const played = () => {
  const writes: string[][] = []
  const below = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      writes.push([text])
      done()
    },
    writev: (chunks, done) => {
      writes.push(chunks.map(({ chunk }) => String(chunk)))
      done()
    },
  })
  const socket = Object.assign(new EventEmitter(), {
    bufferedAmount: 0,
    send: (text: string, done: () => void) => void below.write(text, done),
    pause: () => {},
    resume: () => {},
    close: () => void below.end(),
  })
  return { writes, below, socket }
}

describe('web-socket wire:', () => {
  it('writes what is sent in one turn at once, and what comes later by itself', async () => {
    const { writes, below, socket } = played()
    const wire = webSocketWire(socket, { below })
    for (const text of ['a', 'b', 'c']) wire.send(text)
    await new Promise((go) => setImmediate(go))
    wire.send('d')
    await new Promise((go) => setImmediate(go))
    expect(writes).toEqual([['a', 'b', 'c'], ['d']])
  })

  it('loses nothing of a turn in which it is closed', async () => {
    const { writes, below, socket } = played()
    const wire = webSocketWire(socket, { below })
    wire.send('a')
    wire.send('b')
    wire.close()
    await once(below, 'finish')
    expect(writes.flat()).toEqual(['a', 'b'])
  })
})
