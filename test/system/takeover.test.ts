/** Proves by processes and by broken paths who has a name when its holder hangs: the newest of the same credential, at once, for good. */
import type { Limits } from '@towline/protocol'
import {
  eventually,
  openHttpService,
  openRelay,
  openSystem,
  type Service,
  startUp,
  type Up,
  verifies,
  visit,
  within,
} from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** How soon a name must change hands (tunnel.takeover). */
const AT_ONCE_MS = 1_000

describe.concurrent('takeover', () => {
  let first: Service
  let second: Service
  beforeAll(async () => {
    first = await openHttpService((_request, response) => response.end('the first'))
    second = await openHttpService((_request, response) => response.end('the second'))
  })
  afterAll(() => Promise.all([first?.close(), second?.close()]))

  const secondServes = async (up: Up): Promise<void> =>
    expect(await visit({ to: up.host('web') })).toMatchObject({ status: 200, body: 'the second' })

  it('gives the name of a frozen agent to the next one at once, and tells the first when it goes on', async () => {
    verifies('tunnel.takeover')
    await using up = await startUp()
    const old = await up.online(String(first.port), '--name', 'web')
    old.program.kill('SIGSTOP')
    const next = up.forward(String(second.port), '--name', 'web')
    await next.status('connecting')
    expect(await next.status('online', { ms: AT_ONCE_MS })).toMatchObject({ url: old.url })
    await secondServes(up)
    old.program.kill('SIGCONT')
    const { status, stderr } = await old.program.ended()
    expect({ status, told: stderr.includes('"code":"TUNNEL_REPLACED"') }).toEqual({ status: 5, told: true })
    await secondServes(up)
  })

  it('never gives the name back to an agent whose link died before it could be told', async () => {
    verifies('tunnel.takeover')
    await using up = await startUp()
    const old = await up.online(String(first.port), '--name', 'web')
    old.program.kill('SIGSTOP')
    const { program: next } = await up.online(String(second.port), '--name', 'web')
    await eventually(
      'the end of the frozen link',
      async () => {
        const { stdout } = await up.run(['client', 'list', '-o', 'json'])
        return (JSON.parse(stdout) as unknown[]).length === 1 ? true : undefined
      },
      10_000,
    )
    old.program.kill('SIGCONT')
    const { status, stderr } = await old.program.ended()
    expect({ status, told: stderr.includes('"code":"TUNNEL_REPLACED"') }).toEqual({ status: 5, told: true })
    await secondServes(up)
    expect(next.lines.at(-1)).toMatchObject({ status: 'online' })
  })

  /** A holder of `web` whose path falls silent: it sends nothing, and nothing reaches it. */
  const openHanging = async (limits: Partial<Limits> = {}) => {
    const system = await openSystem({ limits })
    const relay = await openRelay(system.port)
    const session = system.session({ url: `https://127.0.0.1:${relay.port}` })
    const tunnel = await system.serve({ kind: 'http', name: 'web' }, first.port, session)
    relay.fallSilent()
    const close = async (): Promise<void> => {
      await relay.close()
      await system.close()
    }
    return { system, relay, session, tunnel, [Symbol.asyncDispose]: close }
  }

  it('gives the name behind a silent path to the same credential at once, and never to another', async () => {
    verifies('tunnel.takeover', 'tunnel.name.stable')
    await using hanging = await openHanging()
    const { system, tunnel } = hanging
    const stranger = system.session({ token: await system.otherToken() })
    await expect(system.serve({ kind: 'http', name: 'web' }, second.port, stranger)).rejects.toMatchObject({
      code: 'NAME_TAKEN',
      message: 'The name "web" is in use by another credential.',
    })
    const next = system.session()
    await next.online()
    const taken = await within('the name', system.serve({ kind: 'http', name: 'web' }, second.port, next), AT_ONCE_MS)
    expect(taken.url).toBe(tunnel.url)
    expect(taken.tunnel.epoch).toBeGreaterThan(tunnel.tunnel.epoch)
    expect(await visit({ to: taken.url, ms: AT_ONCE_MS })).toMatchObject({ status: 200, body: 'the second' })
  })

  it('never gives the name back to a holder that could not be told and finds its way again', async () => {
    verifies('tunnel.takeover', 'tunnel.reconnect')
    await using hanging = await openHanging({
      linkPingMs: 100,
      linkPongMs: 200,
      linkConnectMs: 500,
      linkRetryMaxMs: 100,
    })
    const { system, relay, tunnel } = hanging
    const taken = await system.serve({ kind: 'http', name: 'web' }, second.port, system.session())
    await eventually('the loss of the old link', () => (tunnel.status === 'offline' ? true : undefined))
    relay.recover()
    expect(await within('the end of the old tunnel', tunnel.closed)).toMatchObject({ code: 'TUNNEL_REPLACED' })
    expect(taken.status).toBe('online')
    expect(await visit({ to: taken.url })).toMatchObject({ status: 200, body: 'the second' })
  })
})
