/** Proves what visitors and others notice when the far ends misbehave: silent services, resets in the middle, those that never read. */
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import {
  openHttpService,
  openSystem,
  openTcpService,
  openWire,
  type System,
  verifies,
  visit,
  within,
} from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const MiB = 1024 * 1024

const closed = (stream: Readable): Promise<void> =>
  new Promise((resolve) => (stream.closed ? resolve() : stream.once('close', resolve)))

describe('faults: upstream and visitor', () => {
  let system: System
  beforeAll(async () => {
    system = await openSystem({ limits: { responseHeadMs: 700, edgeSweepMs: 50 } })
  })
  afterAll(() => system?.close())

  it('answers 504 for a service that accepts and never answers, and lets the service go', async () => {
    verifies('tunnel.forward.target')
    await using service = await openTcpService((socket) => void socket.resume())
    const { url } = await system.serve({ kind: 'http', name: 'mute' }, service.port)
    const { status, body } = await visit({ to: url })
    expect({ status, code: body.includes('UPSTREAM_TIMEOUT') }).toEqual({ status: 504, code: true })
    const [socket] = service.sockets as [Socket]
    await within('the end of the connection', closed(socket))
  })

  it('answers 502 for a service that breaks off before it answers, and for one that speaks no HTTP', async () => {
    verifies('tunnel.forward.target')
    await using breaking = await openTcpService((socket) => socket.once('data', () => socket.resetAndDestroy()))
    await using strange = await openTcpService((socket) => socket.once('data', () => socket.write('SSH-2.0-x\r\n\r\n')))
    const one = await system.serve({ kind: 'http', name: 'breaking' }, breaking.port)
    const two = await system.serve({ kind: 'http', name: 'strange' }, strange.port)
    const answers = await Promise.all([one, two].map(({ url }) => visit({ to: url, method: 'POST', body: 'x' })))
    expect(answers.map(({ status, body }) => [status, /UPSTREAM_\w+/.exec(body)?.[0]])).toEqual([
      [502, 'UPSTREAM_RESET'],
      [502, 'UPSTREAM_INVALID'],
    ])
  })

  it('breaks the connection of a visitor when the body breaks off in the middle, and never calls it complete', async () => {
    await using service = await openTcpService((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf')
        setImmediate(() => socket.resetAndDestroy())
      }),
    )
    const { url } = await system.serve({ kind: 'http', name: 'half' }, service.port)
    await expect(visit({ to: url })).rejects.toThrow(/aborted|ECONNRESET|hang up/)
  })

  it('resets the service when a visitor breaks off in the middle of an upload', async () => {
    let ended: Promise<unknown> = Promise.resolve()
    await using service = await openHttpService((request) => {
      ended = closed(request.on('error', () => {}).resume())
      heard()
    })
    let heard = (): void => {}
    const begun = new Promise<void>((resolve) => {
      heard = resolve
    })
    await system.serve({ kind: 'http', name: 'upload' }, service.port)
    using wire = await openWire(system.port)
    wire.socket.write(`POST / HTTP/1.1\r\nHost: ${system.host('upload')}\r\nContent-Length: 1000\r\n\r\nhalf`)
    await within('the request', begun)
    ;(wire.socket as Socket).resetAndDestroy()
    await within('the end of the request', ended)
  })

  it('serves others while a visitor never reads its answer, and holds no more of it than the windows', async () => {
    verifies('link.mux', 'tunnel.http.full')
    const chunk = Buffer.alloc(MiB)
    let written = 0
    await using service = await openHttpService((request, response) => {
      if (request.url !== '/endless') return void response.end('quick')
      const more = (): void => {
        do written += chunk.length
        while (!response.destroyed && response.write(chunk))
      }
      response.on('drain', more)
      more()
    })
    await system.serve({ kind: 'http', name: 'stuck' }, service.port)
    using wire = await openWire(system.port)
    wire.socket.pause()
    wire.socket.write(`GET /endless HTTP/1.1\r\nHost: ${system.host('stuck')}\r\n\r\n`)
    // The service stands still when nothing is written between two answers to others.
    let before = -1
    while (written !== before || written === 0) {
      before = written
      for (let i = 0; i < 20; i++) expect((await visit({ to: system.host('stuck') })).body).toBe('quick')
    }
    // A window on each side, and what the kernel takes for the three sockets in between.
    expect(written).toBeLessThan(2 * system.limits.muxWindowMax + 64 * MiB)
  })
})
