/** Proves that with end-to-end encryption services are exposed for clients with the role exec, each its own, and for nobody else. */
import type { Exposure } from '@towline/protocol'
import { openHome, openHttpService, type Service, verifies, visit } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acquaint, allow, done, identity, type Pair, refusal, serve, settle, startPair } from './pair.ts'

describe('webtty e2e: services', () => {
  let pair: Pair
  let web: Service
  beforeAll(async () => {
    pair = await startPair()
    web = await openHttpService((_request, response) => response.end('secret place\n'))
    await acquaint(pair, ['exec'])
    await serve(pair.machine, '--name', 'vault', '--identity', 'vault', '--no-publish')
  })
  afterAll(async () => {
    await pair?.close()
    await web?.close()
  })

  const words = (verb: string, ...more: readonly string[]) => ['webtty', verb, '--url', 'tow://vault', ...more]

  it('are exposed, compared, listed and ended by a client with the role exec, apart from those of others', async () => {
    verifies('mcp.remote.expose', 'mcp.remote.stop')
    const { desk, machine } = pair
    const shown = await done(
      desk.run(words('expose', String(web.port), '--name', 'inside', '--id', 'one', '-o', 'json')),
    )
    const exposure = JSON.parse(shown) as Exposure & { verified: { same: boolean } }
    expect(exposure).toMatchObject({ status: 'online', verified: { same: true } })
    expect((await visit({ to: exposure.url })).body).toBe('secret place\n')

    await using other = openHome()
    settle(other, pair.up)
    await allow(machine, 'tablet', await identity(other, 'tablet'), ['exec'])
    const pin = ['webtty', 'known-server', 'add', 'vault', '--key', pair.keys.vault, '--client-identity', 'tablet']
    await done(other.run(pin))
    expect(JSON.parse(await done(other.run(words('exposed', '-o', 'json'))))).toEqual([])
    expect(await refusal(other.run(words('unexpose', 'one')))).toMatchObject({ code: 'EXPOSURE_UNKNOWN' })

    expect(JSON.parse(await done(desk.run(words('exposed', '-o', 'json'))))).toMatchObject([{ id: 'one' }])
    await done(desk.run(words('unexpose', 'one')))
    expect((await visit({ to: exposure.url })).status).toBe(404)
  })

  it('are refused to a client without the role exec: all that may be asked', async () => {
    await using watcher = openHome()
    settle(watcher, pair.up)
    await allow(pair.machine, 'watcher', await identity(watcher, 'watcher'), ['pty', 'spectate'])
    const pin = ['webtty', 'known-server', 'add', 'vault', '--key', pair.keys.vault, '--client-identity', 'watcher']
    await done(watcher.run(pin))
    for (const ask of [['expose', String(web.port)], ['exposed'], ['unexpose', 'one'], ['verify', 'one']])
      expect(await refusal(watcher.run(['webtty', ask[0] as string, '--url', 'tow://vault', ...ask.slice(1)]))).toEqual(
        { status: 4, code: 'FORBIDDEN', stdout: '' },
      )
  })
})
