/** Proves by processes what is survived without help: death and freezing of the agent and of the engine. */
import { eventually, openHttpService, type Service, startUp, type Up, verifies, visit } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** How long a dead peer may go unnoticed (link.heartbeat). */
const DEAD_MS = 10_000

describe.concurrent('faults: processes', () => {
  let service: Service
  beforeAll(async () => {
    service = await openHttpService((_request, response) => response.end('served'))
  })
  afterAll(() => service?.close())

  const served = (up: Up, name: string, ms?: number): Promise<unknown> =>
    eventually(
      `an answer of ${name}`,
      async () => {
        const answer = await visit({ to: up.host(name) }).catch(() => undefined)
        return answer?.status === 200 ? answer : undefined
      },
      ms,
    )

  it('holds a request when the agent is killed and answers it by the next one', async () => {
    verifies('tunnel.reconnect')
    await using up = await startUp()
    const first = await up.online(String(service.port), '--name', 'web')
    first.program.kill('SIGKILL')
    await first.program.ended()
    // The engine has heard of the broken link: from now on requests are held.
    const status = async (): Promise<string> => {
      const { stdout } = await up.run(['tunnel', 'list', '-o', 'json'])
      return (JSON.parse(stdout) as { status: string }[])[0]?.status ?? 'gone'
    }
    expect(await status()).toBe('offline')
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

  it('takes a frozen agent for dead, and lets it come back when it goes on', async () => {
    verifies('link.heartbeat', 'tunnel.forward.lifetime')
    await using up = await startUp()
    const { program } = await up.online(String(service.port), '--name', 'web')
    program.kill('SIGSTOP')
    await eventually(
      'the end of the frozen tunnel',
      async () => ((await visit({ to: up.host('web') })).status === 404 ? true : undefined),
      2 * DEAD_MS,
    )
    program.kill('SIGCONT')
    await served(up, 'web')
    expect(program.lines.at(-1)).toMatchObject({ status: 'online' })
  })

  it('takes a frozen engine for dead, and comes back when it goes on', async () => {
    verifies('link.heartbeat')
    await using up = await startUp()
    const { program } = await up.online(String(service.port), '--name', 'web')
    up.server.kill('SIGSTOP')
    const line = await program.status('disconnected', { ms: DEAD_MS })
    expect(line).toMatchObject({ error: { retryable: true } })
    up.server.kill('SIGCONT')
    await program.status('online', { from: 2, ms: 2 * DEAD_MS })
    await served(up, 'web')
  })
})
