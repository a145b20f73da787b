/** Proves who gets a name, what happens to it when its host leaves, and what watchers are told. */
import { IDLE_SINK } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { createRig, echo, type Peer, refusal, type Rig } from '../link/rig.fixture.ts'

let rig: Rig
afterEach(() => rig.close())

describe('engine names', () => {
  it('refuses a name that another credential holds, and says so', async () => {
    verifies('tunnel.takeover', 'tunnel.name.stable')
    rig = createRig()
    const [anna, bert] = [await rig.linked('anna'), await rig.linked('bert')]
    const held = await anna.open({ kind: 'http', name: 'web' })

    const error = await refusal(bert.open({ kind: 'http', name: 'web' }))

    expect([error.code, error.message]).toEqual(['NAME_TAKEN', 'The name "web" is in use by another credential.'])
    expect(rig.core.router.http('web.dev.localhost')?.tunnel).toEqual(held)
  })

  it('lets the same root credential take over at once: the old link is told, the epoch grows, the url stays', async () => {
    verifies('tunnel.takeover', 'tunnel.name.stable')
    rig = createRig()
    const [old, fresh] = [await rig.linked('anna'), await rig.linked('anna-child')]
    const first = await old.open({ kind: 'http', name: 'web' })
    old.falls()

    const second = await fresh.open({ kind: 'http', name: 'web' })

    expect(second.url).toBe(first.url)
    expect(second.owner).toBe(first.owner)
    expect(second.epoch).toBeGreaterThan(first.epoch)
    expect(rig.core.router.http('web.dev.localhost')?.tunnel.id).toBe(second.id)
  })

  it('tells the replaced host which tunnel is over and why', async () => {
    verifies('tunnel.takeover')
    rig = createRig()
    const [old, fresh] = [await rig.linked('anna'), await rig.linked('anna')]
    const first = await old.open({ kind: 'http', name: 'web' })
    await fresh.open({ kind: 'http', name: 'web' })

    const told = await old.said.until('tunnel.close', ({ type }) => type === 'tunnel.close')

    expect(told).toMatchObject({ tunnelId: first.id, error: { code: 'TUNNEL_REPLACED', retryable: false } })
  })

  it('refuses a holder that comes back to a name another one took, and lets it come back to its own', async () => {
    verifies('tunnel.takeover')
    rig = createRig()
    const web = { kind: 'http', name: 'web' } as const
    const [old, next, again] = [await rig.linked('anna'), await rig.linked('anna'), await rig.linked('anna')]
    await old.open(web, { holder: 'old' })
    // Its old link hangs, but it is its own.
    const own = await again.open(web, { holder: 'old', again: true })
    const taken = await next.open(web, { holder: 'next' })

    const error = await refusal(again.open(web, { holder: 'old', again: true }))

    expect(own.name).toBe('web')
    expect(error.code).toBe('TUNNEL_REPLACED')
    expect(rig.core.router.http('web.dev.localhost')?.tunnel).toEqual(taken)
  })

  it('gives a replaced host no way to close or serve the tunnel of the newer one', async () => {
    verifies('tunnel.takeover')
    rig = createRig()
    const [old, fresh] = [await rig.linked('anna'), await rig.linked('anna')]
    await old.open({ kind: 'http', name: 'web' })
    const second = await fresh.open({ kind: 'http', name: 'web' })

    old.say({ type: 'tunnel.close', tunnelId: second.id })
    await old.open({ kind: 'http', name: 'other' })

    expect(rig.core.router.http('web.dev.localhost')?.tunnel).toEqual(second)
  })

  it('lets two projects use one name, each under its own host', async () => {
    verifies('tunnel.name.stable')
    rig = createRig()
    const [anna, carl] = [await rig.linked('anna'), await rig.linked('carl')]
    const urls = [await anna.open({ kind: 'http', name: 'web' }), await carl.open({ kind: 'http', name: 'web' })]
    expect(urls.map(({ url }) => url)).toEqual(['http://web.dev.localhost:8080', 'http://web.other.localhost:8080'])
  })

  it('gives the same url again to the same name after a clean end', async () => {
    verifies('tunnel.name.stable')
    rig = createRig()
    const anna = await rig.linked('anna')
    const first = await anna.open({ kind: 'tls', name: 'db' })
    anna.say({ type: 'tunnel.close', tunnelId: first.id })
    const second = await anna.open({ kind: 'tls', name: 'db' })
    expect([second.url, second.id === first.id]).toEqual(['tls://db.dev.localhost:8080', false])
  })

  it('makes up a name of two words and four characters when none is asked for', async () => {
    rig = createRig()
    const { name, url } = await (await rig.linked('anna')).open({ kind: 'private' })
    expect(name).toMatch(/^[a-z]+-[a-z]+-[a-z0-9]{4}$/)
    expect(url).toBe(`tow://${name}`)
  })

  it('starts epochs at the boot time, so that a restart never goes back', async () => {
    verifies('tunnel.takeover')
    rig = createRig()
    const { epoch } = await (await rig.linked('anna')).open({ kind: 'private', name: 'a' })
    expect(epoch).toBe(1_000_001)
  })

  it('refuses more tunnels on a link than the bound, also when they are opened at once', async () => {
    verifies('limits.table')
    rig = createRig({ limits: { linkTunnels: 2 } })
    const anna = await rig.linked('anna')
    const opens = ['a', 'b', 'c'].map((name) => anna.open({ kind: 'tcp', name }))
    const results = await Promise.allSettled(opens)
    expect(results.map((result) => (result.status === 'fulfilled' ? 'opened' : result.reason.code))).toEqual([
      'opened',
      'opened',
      'LIMIT_REACHED',
    ])
  })
})

describe('engine tls routes', () => {
  it('tells when a server name begins and stops to lead to a tunnel', async () => {
    const changes: [string, string | undefined][] = []
    rig = createRig({ onTlsRouteChange: (name, live) => changes.push([name, live?.tunnel.id]) })
    const anna = await rig.linked('anna')
    const { id } = await anna.open({ kind: 'tls', name: 'db', tlsMode: 'passthrough' })
    expect(rig.core.router.tls('db.dev.localhost')?.tunnel.tlsMode).toBe('passthrough')
    expect(rig.core.router.http('db.dev.localhost')).toBeUndefined()
    anna.say({ type: 'tunnel.close', tunnelId: id })
    await anna.open({ kind: 'http', name: 'web' })
    expect(changes).toEqual([
      ['db.dev.localhost', id],
      ['db.dev.localhost', undefined],
    ])
    expect(rig.core.router.tls('db.dev.localhost')).toBeUndefined()
  })
})

describe('engine hold', () => {
  it('keeps the tunnel of a link that broke, and wakes who waits when its host is back', async () => {
    verifies('tunnel.reconnect')
    rig = createRig()
    const anna = await rig.linked('anna')
    await anna.open({ kind: 'http', name: 'web' })
    const held = rig.core.router.http('web.dev.localhost')
    anna.breaks()
    await anna.closed
    const events = await rig.watch('anna')
    await events.until('an offline tunnel', ({ type }) => type === 'state.initial')
    expect([held?.online, held?.tunnel.status]).toEqual([false, 'offline'])
    const waiting = held?.whenOnline()

    const again = await (await rig.linked('anna')).open({ kind: 'http', name: 'web' })

    const live = await waiting
    expect([live?.online, live?.tunnel]).toEqual([true, again])
  })

  it('tells a host that its tunnel is open before it sends those who waited for it', async () => {
    verifies('tunnel.reconnect')
    rig = createRig()
    const first = await rig.linked('anna')
    await first.open({ kind: 'http', name: 'web' })
    const live = rig.core.router.http('web.dev.localhost')
    first.breaks()
    await first.closed
    const waiting = live
      ?.whenOnline()
      .then((found) => found?.open({ from: '1.2.3.4:5', requestId: 'req_held' }, IDLE_SINK))
    const known: boolean[] = []
    const second: Peer = await rig.linked('anna', (stream) => {
      known.push(second.said.all.some(({ type }) => type === 'tunnel.opened'))
      echo(stream)
    })
    await second.open({ kind: 'http', name: 'web' })
    await waiting
    await second.streams.until('the stream of who waited', () => true)
    expect(known).toEqual([true])
  })

  it('answers a wait with nothing when the hold is over, and removes the tunnel as lost', async () => {
    verifies('tunnel.forward.lifetime', 'tunnel.reconnect')
    rig = createRig({ limits: { holdMs: 20 } })
    const events = await rig.watch('anna')
    const anna = await rig.linked('anna')
    const { id } = await anna.open({ kind: 'http', name: 'web' })
    const held = rig.core.router.http('web.dev.localhost')
    anna.breaks()
    await events.until('the tunnel offline', ({ type }) => type === 'tunnel.updated')

    expect(await held?.whenOnline()).toBeUndefined()
    expect(await events.until('its end', ({ type }) => type === 'tunnel.deleted')).toMatchObject({
      object: { id, cause: 'lost', status: 'offline' },
    })
    expect(rig.core.router.http('web.dev.localhost')).toBeUndefined()
  })

  it('refuses to hold more requests than the bound', async () => {
    verifies('limits.table')
    rig = createRig({ limits: { holdRequests: 1 } })
    const events = await rig.watch('anna')
    const anna = await rig.linked('anna')
    await anna.open({ kind: 'http', name: 'web' })
    anna.breaks()
    await events.until('the tunnel offline', ({ type }) => type === 'tunnel.updated')
    const held = rig.core.router.http('web.dev.localhost')
    const leaver = new AbortController()
    const first = held?.whenOnline(leaver.signal)

    expect((await refusal(held?.whenOnline() ?? Promise.resolve())).code).toBe('BUSY')

    leaver.abort()
    expect(await first).toBeUndefined()
  })

  it('keeps the name of a held tunnel from other credentials', async () => {
    verifies('tunnel.takeover')
    rig = createRig()
    const events = await rig.watch('anna')
    const [anna, bert] = [await rig.linked('anna'), await rig.linked('bert')]
    await anna.open({ kind: 'http', name: 'web' })
    anna.breaks()
    await events.until('the tunnel offline', ({ type }) => type === 'tunnel.updated')
    expect((await refusal(bert.open({ kind: 'http', name: 'web' }))).code).toBe('NAME_TAKEN')
  })

  it('removes the tunnels of a client that said goaway at once', async () => {
    verifies('tunnel.forward.lifetime')
    rig = createRig()
    const events = await rig.watch('anna')
    const anna = await rig.linked('anna')
    await anna.open({ kind: 'http', name: 'web' })
    anna.say({ type: 'goaway' })
    anna.mux.close()
    await events.until('the end of the client', ({ type }) => type === 'client.deleted')

    const ends = events.all.filter(({ type }) => type.endsWith('.deleted'))
    expect(ends.map(({ type, object }) => [type, 'cause' in object && object.cause])).toEqual([
      ['tunnel.deleted', 'closed'],
      ['client.deleted', 'closed'],
    ])
    expect(rig.core.router.http('web.dev.localhost')).toBeUndefined()
  })
})

describe('engine churn', () => {
  it('leaves nothing behind after many links, takeovers and broken cables', async () => {
    verifies('tunnel.reconnect')
    rig = createRig({ limits: { watchJournal: 16 } })
    for (let cycle = 0; cycle < 200; cycle++) {
      const peer = await rig.linked('anna')
      await peer.open({ kind: cycle % 3 === 0 ? 'tcp' : 'http', name: 'web' })
      if (cycle % 2 === 0) peer.breaks()
    }
    const last = await rig.linked('anna')
    const tunnel = await last.open({ kind: 'http', name: 'web' })
    const list = async (what: string): Promise<Record<string, unknown[]>> =>
      (await (await rig.call('anna', `/api/engine/${what}`)).json()) as Record<string, unknown[]>
    expect(await list('tunnels')).toEqual({ tunnels: [tunnel] })
    expect((await list('clients'))['clients']).toHaveLength(101)
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap')).toEqual([])
  })
})

describe('engine streams', () => {
  it('refuses more streams to a tunnel than the bound, and takes new ones when old ones end', async () => {
    verifies('limits.table')
    rig = createRig({ limits: { tunnelConnections: 1 } })
    const anna = await rig.linked('anna')
    await anna.open({ kind: 'private', name: 'db' })
    const first = anna.mux.open({ dial: 'db' }, { data() {}, ended() {}, drained() {}, closed() {} })
    await anna.streams.until('a stream', () => true)

    expect(await anna.dial('db', 'x').over).toBe(6)

    first.reset()
    await anna.said.until('figures', (message) => message.type === 'tunnel.stats' && message.active === 0)
    expect(await anna.dial('db', 'again').got).toBe('again')
  })

  it('sends figures to the host after a change', async () => {
    rig = createRig({ limits: { linkStatsMs: 10 } })
    const anna = await rig.linked('anna')
    const { id } = await anna.open({ kind: 'private', name: 'db' })
    await anna.dial('db', 'x').over
    const stats = await anna.said.until('figures', (message) => message.type === 'tunnel.stats' && message.active === 0)
    expect(stats).toEqual({
      type: 'tunnel.stats',
      tunnelId: id,
      active: 0,
      requests: 1,
      p50Ms: expect.any(Number),
      p99Ms: expect.any(Number),
    })
  })
})
