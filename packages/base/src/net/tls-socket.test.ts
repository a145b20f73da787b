import { once } from 'node:events'
import { createServer, connect as tlsConnect, type TLSSocket } from 'node:tls'
import { IDLE_SINK, type Slab } from '@towline/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CERT, KEY } from './certificate.fixture.ts'

describe('base net: a TLS connection in bulk', () => {
  const open: { close(): unknown }[] = []
  let byteSocket: typeof import('./byte-socket.ts').byteSocket

  /** Loaded afresh, as other test files of the same process may have loaded the public path. */
  beforeEach(async () => {
    vi.resetModules()
    vi.stubEnv('TOWLINE_SOCKET_PATH', 'handle')
    ;({ byteSocket } = await import('./byte-socket.ts'))
  })

  afterEach(() => {
    for (const thing of open.splice(0).reverse()) thing.close()
    vi.unstubAllEnvs()
  })

  const pair = async () => {
    const accepted: TLSSocket[] = []
    const server = createServer({ key: KEY, cert: CERT }, (socket) => accepted.push(socket.on('error', () => {})))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const near = tlsConnect({
      port: (server.address() as { port: number }).port,
      host: '127.0.0.1',
      ca: CERT,
      servername: 'localhost',
    })
    await Promise.all([once(near, 'secureConnect'), once(server, 'secureConnection')])
    open.push(server, { close: () => near.destroy() }, { close: () => accepted[0]?.destroy() })
    return { near: near.on('error', () => {}), far: accepted[0] as TLSSocket }
  }

  /** Byte `at` of the stream; any two places a power of two apart differ. */
  const pattern = (at: number): number => (at * 31 + (at >>> 8) * 7) % 251

  it.each([
    ['copied at once', 0],
    ['pinned and read later, as a busy socket does', 5],
  ])('hands on every byte in place and order when parts are %s', async (_how, hold) => {
    const { near, far } = await pair()
    const total = 24 * 1024 * 1024
    const channel = byteSocket(far)
    channel.bulk()
    const held: { bytes: Uint8Array; slab: Slab; at: number }[] = []
    let seen = 0
    let wrong = 0
    const check = ({ bytes, slab, at }: (typeof held)[number]): void => {
      for (let i = 0; i < bytes.length; i += 97) if (bytes[i] !== pattern(at + i)) wrong++
      slab.unpin()
    }
    const over = new Promise<void>((done) => {
      channel.sink = {
        ...IDLE_SINK,
        data(bytes, slab) {
          slab.pin()
          held.push({ bytes, slab, at: seen })
          seen += bytes.length
          while (held.length > hold) check(held.shift() as (typeof held)[number])
        },
        ended: () => done(),
      }
    })
    channel.resume()
    const block = Buffer.alloc(1024 * 1024)
    for (let at = 0; at < total; at += block.length) {
      for (let i = 0; i < block.length; i++) block[i] = pattern(at + i)
      if (!near.write(Buffer.from(block))) await once(near, 'drain')
    }
    near.end()
    await over
    for (const part of held) check(part)
    expect({ seen, wrong }).toEqual({ seen: total, wrong: 0 })
  })

  it('tells the end of a connection that broke after the write that found it, never inside', async () => {
    const { near, far } = await pair()
    const channel = byteSocket(far)
    channel.settle()
    let inside = false
    const told: boolean[] = []
    const over = new Promise<void>((done) => {
      channel.sink = { ...IDLE_SINK, closed: () => (told.push(inside), done()) }
    })
    // What nobody reads makes the end of the other side a reset, and a paused channel hears of it by writing only.
    near.pause()
    channel.write(Buffer.alloc(256 * 1024))
    await new Promise((later) => setTimeout(later, 50))
    near.destroy()
    await new Promise((later) => setTimeout(later, 50))
    for (let n = 0; n < 5; n++) {
      inside = true
      channel.write(Buffer.alloc(1024))
      inside = false
      await new Promise((later) => setTimeout(later, 20))
    }
    await over
    expect(told).toEqual([false])
  })
})
