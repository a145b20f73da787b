/** Proves what a broken, silent or flapping link costs: held requests, honest ends of streams, and nothing that stays behind. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Session } from '@towline/sdk'
import {
  eventually,
  openHttpService,
  openRelay,
  openSystem,
  openTcpService,
  openWire,
  type Relay,
  type Service,
  type System,
  verifies,
  visit,
  within,
} from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const LIMITS = {
  linkConnectMs: 500,
  linkPingMs: 100,
  linkPongMs: 300,
  holdMs: 1_000,
  goneMs: 1_500,
  linkRetryMinMs: 10,
  linkRetryMaxMs: 100,
}
const MiB = 1024 * 1024

const online = (session: Session): Promise<unknown> => within('a link', session.online())
/** Resolves when the session has lost its link. */
const lost = (session: Session): Promise<unknown> =>
  within(
    'the loss of the link',
    new Promise<void>((resolve) => {
      const stop = session.states.on(({ status }) => {
        if (status !== 'disconnected') return
        stop()
        resolve()
      })
    }),
  )

describe('link faults', () => {
  let system: System
  let service: Service
  beforeAll(async () => {
    system = await openSystem({ limits: LIMITS })
    service = await openHttpService((_request, response) => response.end('served'))
  })
  afterAll(() => Promise.all([system?.close(), service?.close()]))

  const through = (relay: Relay): Session => system.session({ url: `https://127.0.0.1:${relay.port}`, random: () => 0 })

  it('answers 502 to those who wait when nobody comes back, and forgets the tunnel', async () => {
    verifies('link.heartbeat', 'tunnel.reconnect')
    await using relay = await openRelay(system.port)
    const session = through(relay)
    await system.serve({ kind: 'http', name: 'silent' }, service.port, session)
    relay.fallSilent()
    const { status, body } = await visit({ to: system.host('silent') })
    expect({ status, code: body.includes('TUNNEL_OFFLINE') }).toEqual({ status: 502, code: true })
    await eventually('the end of the tunnel', async () =>
      (await visit({ to: system.host('silent') })).status === 404 ? true : undefined,
    )
    relay.recover()
    await online(session)
    await eventually('the tunnel', async () =>
      (await visit({ to: system.host('silent') })).status === 200 ? true : undefined,
    )
    await session.close()
  })

  it('resets a TCP visitor when the link breaks in the middle, and never calls it the end', async () => {
    verifies('tunnel.tcp')
    await using service = await openTcpService((socket) => socket.write('half of it'))
    await using relay = await openRelay(system.port)
    const session = through(relay)
    const tunnel = await system.serve({ kind: 'tcp' }, service.port, session)
    using wire = await openWire(Number(new URL(tunnel.url).port))
    await wire.until(/half of it/)
    relay.cut()
    expect(await wire.over()).toBe('ECONNRESET')
    await session.close()
  })

  it('comes back from 500 broken links with the same name, a flat heap and no handle left', async () => {
    verifies('tunnel.reconnect', 'tunnel.name.stable')
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    await using relay = await openRelay(system.port)
    const session = through(relay)
    const tunnel = await system.serve({ kind: 'http', name: 'flapping' }, service.port, session)
    const { url } = tunnel
    const cycle = async (): Promise<void> => {
      const broken = lost(session)
      relay.cut()
      await broken
      await online(session)
    }
    const opened = (): Promise<unknown> =>
      eventually('the tunnel', () => (tunnel.status === 'online' && relay.open === 1 ? true : undefined))
    const handles = (): Readonly<Record<string, number>> => {
      const count: Record<string, number> = {}
      for (const kind of process.getActiveResourcesInfo()) {
        if (kind !== 'Timeout' && kind !== 'Immediate') count[kind] = (count[kind] ?? 0) + 1
      }
      return count
    }
    for (let i = 0; i < 50; i++) await cycle()
    await opened()
    collect()
    const before = { handles: handles(), heap: process.memoryUsage().heapUsed }
    for (let i = 0; i < 450; i++) await cycle()
    await opened()
    expect(await visit({ to: url })).toMatchObject({ status: 200, body: 'served' })
    const leaked = (): readonly string[] =>
      Object.entries(handles())
        .filter(([kind, count]) => count > (before.handles[kind] ?? 0))
        .map(([kind, count]) => `${count} ${kind}`)
    // The kernel tells of the last connections a little later.
    await eventually('the end of the last handles', () => (leaked().length === 0 ? true : undefined)).catch(() => {})
    expect(leaked()).toEqual([])
    collect()
    expect(process.memoryUsage().heapUsed - before.heap).toBeLessThan(8 * MiB)
    await session.close()
  })
})
