import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { createServer as createTlsServer, connect as tlsConnect, type TLSSocket } from 'node:tls'
import { IDLE_SINK, type Slab } from '@towline/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { StreamHandle } from './binding.ts'
import { CERT, KEY } from './certificate.fixture.ts'

/** Loaded afresh, as other test files of the same process may have loaded the public path. */
const load = async () => {
  vi.resetModules()
  vi.stubEnv('TOWLINE_SOCKET_PATH', 'handle')
  const { byteSocket } = await import('./byte-socket.ts')
  const { connectBytes } = await import('./connect.ts')
  const { fromDuplex } = await import('./from-duplex.ts')
  const { HandleSocket } = await import('./handle-socket.ts')
  const { NodeSocket } = await import('./node-socket.ts')
  const { ReadSlab } = await import('./slabs.ts')
  return { byteSocket, connectBytes, fromDuplex, HandleSocket, NodeSocket, ReadSlab }
}

/** A slab that only counts. */
const counted = () => {
  const slab = { pinnable: true, pins: 0, pin: () => void slab.pins++, unpin: () => void slab.pins-- }
  return slab
}

/** Byte `at` of a stream; any two places a power of two apart differ. */
const pattern = (at: number): number => (at * 31 + (at >>> 8) * 7) % 251
const patterned = (length: number): Buffer => Buffer.from(Uint8Array.from({ length }, (_, at) => pattern(at)))

/** Takes a few turns of the event loop, for what would go wrong late. */
const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((next) => setImmediate(next))
}

describe('base net: memory that is read into again', () => {
  const open: { close(): unknown }[] = []
  let net: Awaited<ReturnType<typeof load>>

  beforeEach(async () => {
    net = await load()
  })

  afterEach(() => {
    for (const thing of open.splice(0).reverse()) thing.close()
    vi.unstubAllEnvs()
  })

  /** A connection we opened, and the other end as Node's own socket, which half-closes. */
  const tcp = async () => {
    const server = createServer({ allowHalfOpen: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const accepted = once(server, 'connection') as Promise<[Socket]>
    const near = await net.connectBytes({ host: '127.0.0.1', port, timeoutMs: 5_000 })
    const [far] = await accepted
    open.push(server, { close: () => near.reset() }, { close: () => far.on('error', () => {}).destroy() })
    return { near, far }
  }

  const tls = async () => {
    const accepted: TLSSocket[] = []
    const server = createTlsServer({ key: KEY, cert: CERT }, (socket) => accepted.push(socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const near = tlsConnect({ port, host: '127.0.0.1', ca: CERT, servername: 'localhost' })
    await Promise.all([once(near, 'secureConnect'), once(server, 'secureConnection')])
    const far = accepted[0] as TLSSocket
    open.push(server, { close: () => near.on('error', () => {}).destroy() }, { close: () => far.destroy() })
    return { near, far: far.on('error', () => {}) }
  }

  it('gives a read buffer back once when its reader resets the connection while it reads', async () => {
    const { near, far } = await tcp()
    const total = 128 * 1024 + 100
    await new Promise((sent) => far.write(Buffer.alloc(total), sent))
    let seen = 0
    const over = new Promise((done) => {
      near.sink = {
        ...IDLE_SINK,
        data(bytes) {
          seen += bytes.length
          if (seen === total) near.reset()
        },
        closed: done,
      }
    })
    near.resume()
    await over
    const taken = Array.from({ length: 20 }, () => net.ReadSlab.take())
    expect(new Set(taken).size).toBe(20)
  })

  it('reads on in the right buffer when a full read makes the connection a link', async () => {
    const { near, far } = await tcp()
    const sent = patterned(512 * 1024)
    far.end(sent)
    const parts: Buffer[] = []
    const over = new Promise<void>((done) => {
      near.sink = {
        ...IDLE_SINK,
        data(bytes) {
          parts.push(Buffer.from(bytes))
          near.bulk()
        },
        ended: done,
      }
    })
    await turns(20)
    near.resume()
    await over
    expect(Buffer.concat(parts).equals(sent)).toBe(true)
  })

  it('lets go of a connection that is reset while its FIN is on the way', async () => {
    const { near, far } = await tcp()
    far.resume()
    near.resume()
    near.end()
    near.reset()
    const broken = once(far, 'error')
    const chunk = Buffer.alloc(64 * 1024)
    for (let sent = 0; sent < 1_000 && !far.destroyed; sent++) await new Promise((next) => far.write(chunk, next))
    expect(far.destroyed).toBe(true)
    await broken
  })

  it('leaves pinned bytes alone when a TLS connection is reset between two records', async () => {
    const { near, far } = await tls()
    const channel = net.byteSocket(far)
    channel.bulk()
    let kept: { bytes: Uint8Array; before: Buffer; slab: Slab } | undefined
    const over = new Promise((done) => {
      channel.sink = {
        ...IDLE_SINK,
        data(bytes, slab) {
          slab.pin()
          kept = { bytes, before: Buffer.from(bytes), slab }
          channel.reset()
        },
        closed: done,
      }
    })
    for (let record = 1; record <= 12; record++) near.write(Buffer.alloc(4 * 1024, record))
    await turns(20)
    channel.resume()
    await over
    await turns(5)
    expect(kept && Buffer.from(kept.bytes).equals(kept.before)).toBe(true)
    kept?.slab.unpin()
  })

  it('unpins what a write that fails at once was given', async () => {
    const refused: Partial<StreamHandle> = { writev: () => -32, close() {} }
    const channel = new net.HandleSocket(refused as StreamHandle)
    const over = new Promise((done) => {
      channel.sink = { ...IDLE_SINK, closed: done }
    })
    const slab = counted()
    const part = { bytes: new Uint8Array(8), slab }
    expect(channel.writeBoth?.(part, part)).toBe(false)
    await over
    expect(slab.pins).toBe(0)
  })

  it.each([
    ['a Node stream', (stream: Duplex) => net.fromDuplex(stream)],
    ['a socket on the public path', (stream: Duplex) => new net.NodeSocket(stream as Socket)],
  ])('unpins what %s has written although it never asked to wait', async (_what, over) => {
    let written = () => {}
    const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => void (written = done) })
    open.push({ close: () => stream.destroy() })
    const slab = counted()
    expect(over(stream).write(new Uint8Array(8 * 1024), slab)).toBe(true)
    expect(slab.pins).toBe(1)
    written()
    await turns(2)
    expect(slab.pins).toBe(0)
  })
})
