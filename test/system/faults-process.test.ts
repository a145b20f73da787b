/** Proves by processes what is survived without help: death and freezing of the agent and of the engine. */
import {
  type Answer,
  eventually,
  openHttpService,
  openWire,
  type Service,
  startUp,
  type Up,
  verifies,
  visit,
  type Wire,
} from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** How long a dead peer may go unnoticed (link.heartbeat). */
const DEAD_MS = 10_000
const FROZEN_MS = 30_000

/** What is served at `/n`: as much as no single read holds, and nothing that is served elsewhere. */
const pageOf = (n: number): string => `page ${n} `.repeat(20_000)

/** The code of a refusal, or `served` when the page is right byte for byte. */
const refusedOr = ({ status, body }: Answer, n: number): string => {
  if (status !== 200) return /[A-Z]{3,}(_[A-Z]+)+/.exec(body)?.[0] ?? String(status)
  return body === pageOf(n) ? 'served' : 'wrong bytes'
}

/** The tunnels there are. */
const listed = async (up: Up): Promise<readonly { name: string; status: string }[]> =>
  JSON.parse((await up.run(['tunnel', 'list', '-o', 'json'])).stdout)

describe.concurrent('faults: processes', () => {
  let service: Service
  beforeAll(async () => {
    service = await openHttpService((request, response) => {
      const [, page] = /^\/(\d+)$/.exec(request.url ?? '') ?? []
      if (page !== undefined) return void response.end(pageOf(Number(page)))
      if (request.url !== '/half') return void response.end('served')
      response.writeHead(200, { 'content-length': 8 }).write('half')
    })
  })
  afterAll(() => service?.close())

  it('holds a request when the agent is killed and answers it by the next one', async () => {
    verifies('tunnel.reconnect')
    await using up = await startUp()
    const first = await up.online(String(service.port), '--name', 'web')
    first.program.kill('SIGKILL')
    await first.program.ended()
    // The engine has heard of the broken link: from now on requests are held.
    expect(await listed(up)).toMatchObject([{ status: 'offline' }])
    const held = visit({ to: up.host('web') })
    await up.online(String(service.port), '--name', 'web')
    expect(await held).toMatchObject({ status: 200, body: 'served' })
  })

  it('comes back by itself when the engine is killed and started again, under the same address', async () => {
    verifies('tunnel.reconnect', 'tunnel.name.stable', 'tunnel.forward.json')
    await using up = await startUp()
    const { program, url } = await up.online(String(service.port), '--name', 'web')
    const tcp = await up.online(String(service.port), '--tcp', '--name', 'raw')
    up.server.kill('SIGKILL')
    await up.server.ended()
    await program.status('disconnected')
    await up.again()
    const line = await program.status('online', { from: 2 })
    expect(line).toMatchObject({ url })
    expect(await visit({ to: url })).toMatchObject({ status: 200, body: 'served' })
    expect(await tcp.program.status('online', { from: 2 })).toMatchObject({ url: tcp.url })
    const told = program.lines.map(({ status }) => status)
    expect(told.slice(0, 4)).toEqual(['connecting', 'online', 'disconnected', 'reconnecting'])
    expect(told.at(-1)).toBe('online')
  })

  /** Whoever is in the middle of an answer when everything stands still: `half` has come, and it is never called whole. */
  const openHalf = async (up: Up): Promise<Wire> => {
    const wire = await openWire(up.port)
    wire.socket.write(`GET /half HTTP/1.1\r\nHost: ${up.host('web')}\r\n\r\n`)
    await wire.until(/half$/)
    return wire
  }

  it(
    'takes an agent for dead that is frozen for half a minute, tells visitors so, and serves again when it goes on',
    async () => {
      verifies('link.heartbeat', 'tunnel.forward.lifetime', 'tunnel.reconnect', 'tunnel.name.stable')
      await using up = await startUp()
      const { program, url } = await up.online(String(service.port), '--name', 'web')
      using half = await openHalf(up)
      program.kill('SIGSTOP')
      const frozenAt = performance.now()
      await eventually(
        'the end of the frozen tunnel',
        async () => ((await listed(up)).length === 0 ? true : undefined),
        DEAD_MS,
      )
      expect(await half.over()).toBe('ECONNRESET')
      expect(half.text()).toMatch(/half$/)
      let visits = 0
      await eventually(
        'the end of half a minute',
        async () => {
          expect(refusedOr(await visit({ to: url, path: `/${visits}` }), visits++)).toBe('TUNNEL_UNKNOWN')
          return performance.now() - frozenAt > FROZEN_MS ? true : undefined
        },
        2 * FROZEN_MS,
      )
      expect(program.lines.at(-1)).toMatchObject({ status: 'online' })
      program.kill('SIGCONT')
      await program.status('disconnected')
      expect(await program.status('online', { from: 3 })).toMatchObject({ url })
      expect(refusedOr(await visit({ to: url, path: '/7' }), 7)).toBe('served')
      expect(await listed(up)).toMatchObject([{ name: 'web', status: 'online' }])
    },
    4 * FROZEN_MS,
  )

  it(
    'holds visitors of an engine that is frozen for half a minute, and serves them when it goes on',
    async () => {
      verifies('link.heartbeat', 'tunnel.reconnect', 'tunnel.name.stable', 'cli.errors')
      await using up = await startUp()
      const { program, url } = await up.online(String(service.port), '--name', 'web')
      using half = await openHalf(up)
      up.server.kill('SIGSTOP')
      const held = Promise.all(
        Array.from({ length: 20 }, (_, at) => visit({ to: url, path: `/${at}`, ms: 3 * FROZEN_MS })),
      )
      held.catch(() => {})
      const impatient = visit({ to: url, ms: FROZEN_MS }).catch((error: Error) => error.name)
      const list = up.run(['tunnel', 'list', '-o', 'json'])
      const line = await program.status('disconnected', { ms: DEAD_MS })
      expect(line).toMatchObject({ error: { code: 'SERVER_UNREACHABLE', retryable: true } })
      const { status, stderr } = await list
      expect({ status, told: stderr.includes('"code":"SERVER_UNREACHABLE"') }).toEqual({ status: 6, told: true })
      expect(await impatient).toMatch(/^(Abort|Timeout)Error$/)
      up.server.kill('SIGCONT')
      expect(await program.status('online', { from: 3 })).toMatchObject({ url })
      expect(new Set((await held).map((answer, at) => refusedOr(answer, at)))).toEqual(new Set(['served']))
      expect(await half.over()).toBe('ECONNRESET')
      expect(half.text()).toMatch(/half$/)
      expect(await listed(up)).toMatchObject([{ name: 'web', status: 'online' }])
      expect(JSON.parse((await up.run(['client', 'list', '-o', 'json'])).stdout)).toHaveLength(1)
    },
    4 * FROZEN_MS,
  )
})
