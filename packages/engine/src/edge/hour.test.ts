/** Proves, in fake time, that an event stream of an hour is neither ended nor delayed by anything between service and visitor. */
import type { MuxStream } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createRig, type Rig } from '../link/rig.fixture.ts'
import { get } from './edge.fixture.ts'
import { MemoryChannel, Wire } from './memory-channel.fixture.ts'
import { createEdge, type Edge } from './edge.ts'

const EVERY_MS = 15_000
const HOUR_MS = 60 * 60_000
/** Turns of a pair of channels, in which no fake second passes. */
const AT_ONCE_MS = 20

let rig: Rig
let edge: Edge
beforeEach(() => {
  vi.useFakeTimers()
  rig = createRig()
  const { authority, core, limits } = rig
  const silent = { debug() {}, info() {}, warn() {}, error() {}, isLevelEnabled: () => false }
  const hosts = { api: () => {}, isApiHost: () => false }
  edge = createEdge({
    ...hosts,
    authority,
    limits,
    log: silent,
    router: core.router,
    clock: Date.now,
    admission: core.admission,
  })
})
afterEach(async () => {
  edge.close()
  await rig.close()
  vi.useRealTimers()
})

/** Lets fake time pass until the work is done. */
const done = async <T>(work: Promise<T>): Promise<T> => {
  let over = false
  void work.finally(() => {
    over = true
  })
  while (!over) await vi.advanceTimersByTimeAsync(1)
  return work
}

const chunk = (text: string): Buffer => Buffer.from(`${text.length.toString(16)}\r\n${text}\r\n`)

it('edge and link: carry an event stream for an hour, each event at once, and through half an hour of silence', async () => {
  verifies('tunnel.http.streaming', 'link.heartbeat')
  const streams: MuxStream[] = []
  const host = await done(
    rig.linked('anna', (stream) => {
      streams.push(stream)
      stream.sink = { data() {}, ended() {}, drained() {}, closed() {} }
      stream.resume()
    }),
  )
  await done(host.open({ kind: 'http', name: 'web' }))
  const [socket, far] = MemoryChannel.pair()
  const visitor = new Wire(far)
  edge.accept(socket, Buffer.from(get()), { address: '192.0.2.7', port: 4711, localPort: 80, secure: false })
  await vi.advanceTimersByTimeAsync(AT_ONCE_MS)
  const [stream] = streams as [MuxStream]
  stream.write(Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'))

  const heard = async (event: string): Promise<void> => {
    stream.write(chunk(`data: ${event}\n\n`))
    await vi.advanceTimersByTimeAsync(AT_ONCE_MS)
    expect(visitor.received.endsWith(`data: ${event}\n\n\r\n`)).toBe(true)
  }
  for (let n = 0; n < HOUR_MS / EVERY_MS; n++) {
    await heard(`event ${n}`)
    await vi.advanceTimersByTimeAsync(EVERY_MS - AT_ONCE_MS)
  }
  await vi.advanceTimersByTimeAsync(HOUR_MS / 2)
  await heard('after the silence')

  stream.write(Buffer.from('0\r\n\r\n'))
  await vi.advanceTimersByTimeAsync(AT_ONCE_MS)
  expect(visitor.received.endsWith('\r\n0\r\n\r\n')).toBe(true)
  expect(visitor.received.match(/data: /g)).toHaveLength(HOUR_MS / EVERY_MS + 1)
  expect({ visitor: visitor.state, link: host.mux.closed }).toEqual({ visitor: 'open', link: false })
})
