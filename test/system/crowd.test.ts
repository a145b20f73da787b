/** Proves that a thousand slow readers and a thousand slow writers at once cost bounded memory, stall nobody else, and lose nothing. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { openHttpService, openSystem, openWire, verifies, visit, type Wire, within } from '@towline/testkit'
import { describe, expect, it } from 'vitest'

const EACH = 1_000
const KiB = 1024
/** More than a window that is under pressure, little enough for the TCP memory of a small machine. */
const BODY = 384 * KiB

const crowd = async (open: (index: number) => Promise<Wire>): Promise<Wire[]> => {
  const wires: Wire[] = []
  while (wires.length < EACH) {
    wires.push(...(await Promise.all(Array.from({ length: 50 }, (_, at) => open(wires.length + at)))))
  }
  return wires
}

const over = (wires: readonly Wire[]): Promise<unknown> => Promise.all(wires.map((wire) => wire.over()))

describe('crowd', () => {
  it('carries slow readers and slow writers within the bounds of links, and serves others meanwhile', async () => {
    verifies('tunnel.http.full', 'link.mux', 'limits.table')
    await using system = await openSystem()
    const body = Buffer.alloc(BODY, 'a')
    let patient = true
    const waiting: (() => void)[] = []
    const count = (request: IncomingMessage, response: ServerResponse): void => {
      let bytes = 0
      request.on('data', (part: Buffer) => (bytes += part.length))
      request.on('end', () => response.end(String(bytes)))
    }
    await using service = await openHttpService((request, response) => {
      if (request.url === '/quick') return void response.end('quick')
      if (request.method === 'GET') return void response.end(body)
      if (patient) waiting.push(() => count(request, response))
      else count(request, response)
    })
    await system.serve({ kind: 'http', name: 'busy' }, service.port)
    const host = system.host('busy')
    const quick = async (): Promise<void> => {
      for (let i = 0; i < 50; i++) expect(await visit({ to: host, path: '/quick' })).toMatchObject({ status: 200 })
    }
    const last = `Host: ${host}\r\nConnection: close\r\n`
    const before = process.memoryUsage().rss

    const readers = await crowd(async () => {
      const wire = await openWire(system.port)
      wire.socket.pause()
      wire.socket.write(`GET /long HTTP/1.1\r\n${last}\r\n`)
      return wire
    })
    const writers = await crowd(async () => {
      const wire = await openWire(system.port)
      wire.socket.write(`POST /long HTTP/1.1\r\n${last}Content-Length: ${BODY}\r\n\r\n`)
      wire.socket.write(body)
      return wire
    })
    await quick()
    // Both ends of the link are in this process, and so are four sockets for each of the crowd.
    const bound = 2 * system.limits.muxUnread + 2 * EACH * 64 * KiB
    const grown = process.memoryUsage().rss - before
    expect(grown).toBeLessThan(bound)
    expect(bound).toBeLessThan(2 * EACH * BODY)

    patient = false
    for (const go of waiting) go()
    for (const { socket } of readers) socket.resume()
    await within('all answers', Promise.all([over(readers), over(writers)]))
    const bodies = (wires: readonly Wire[]) => new Set(wires.map((wire) => wire.text().split('\r\n\r\n')[1]))
    expect([...bodies(writers)]).toEqual([String(BODY)])
    expect([...bodies(readers)].map((text) => text === body.toString())).toEqual([true])
    await quick()
  })
})
