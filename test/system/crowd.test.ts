/** Proves that a thousand slow readers and a thousand slow writers at once cost bounded memory and stall nobody else. */
import { openHttpService, openSystem, openWire, verifies, visit, type Wire } from '@towline/testkit'
import { describe, expect, it } from 'vitest'

const EACH = 1_000
const MiB = 1024 * 1024

const inBatches = async (count: number, open: () => Promise<Wire>): Promise<Wire[]> => {
  const wires: Wire[] = []
  while (wires.length < count) wires.push(...(await Promise.all(Array.from({ length: 50 }, open))))
  return wires
}

/** Writes until the kernel takes no more; the peer never reads. */
const stuff = (wire: Wire, chunk: Buffer): void => {
  const { socket } = wire
  const more = (): void => {
    if (socket.write(chunk)) setImmediate(more)
  }
  socket.on('drain', more)
  more()
}

describe('crowd', () => {
  it('carries slow readers and slow writers within the bounds of links, and serves others meanwhile', async () => {
    verifies('tunnel.http.full', 'link.mux', 'limits.table')
    await using system = await openSystem()
    const body = Buffer.alloc(MiB / 4)
    await using service = await openHttpService((request, response) => {
      if (request.url === '/quick') return void response.end('quick')
      if (request.method === 'POST') return void request.pause()
      const more = (): void => {
        while (!response.destroyed && response.write(body));
      }
      response.on('drain', more)
      more()
    })
    await system.serve({ kind: 'http', name: 'busy' }, service.port)
    const host = system.host('busy')
    const before = process.memoryUsage().rss

    const readers = await inBatches(EACH, async () => {
      const wire = await openWire(system.port)
      wire.socket.pause()
      wire.socket.write(`GET /endless HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
      return wire
    })
    const chunk = Buffer.alloc(MiB / 16)
    const writers = await inBatches(EACH, async () => {
      const wire = await openWire(system.port)
      wire.socket.write(`POST /never HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${1024 * MiB}\r\n\r\n`)
      stuff(wire, chunk)
      return wire
    })
    for (let i = 0; i < 50; i++)
      expect(await visit({ to: host, path: '/quick' })).toMatchObject({ status: 200, body: 'quick' })

    const { muxUnread, muxOutboxMax } = system.limits
    // Both ends of the link are here; each connection has four sockets of this process with a chunk of their own each.
    const bound = 2 * (muxUnread + muxOutboxMax) + 2 * EACH * (body.length + 4 * chunk.length)
    expect(process.memoryUsage().rss - before).toBeLessThan(bound)
    for (const wire of [...readers, ...writers]) wire.destroy()
    expect(await visit({ to: host, path: '/quick' })).toMatchObject({ status: 200 })
  })
})
