/** Proves who may dial what, that every open is decided and reported, and that bytes sent early arrive. */
import { RESET } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { createRig, type Rig } from '../link/rig.fixture.ts'

let rig: Rig
afterEach(() => rig.close())

describe('engine dial', () => {
  it('refuses a credential that may not connect, and reports the refusal', async () => {
    verifies('private.authorize')
    rig = createRig()
    await (await rig.linked('anna')).open({ kind: 'private', name: 'db' })
    const hoster = await rig.linked('hoster')

    expect(await hoster.dial('db', 'x').over).toBe(RESET.forbidden)

    expect(rig.authority.dials()).toEqual([
      {
        at: 1000,
        action: 'stream.open',
        decision: 'refused',
        projectId: 'prj_dev',
        credentialId: 'crd_hoster',
        target: 'db',
        requestId: 'req_test',
        code: 'FORBIDDEN',
      },
    ])
  })

  it('does not know the tunnels of another project, by name or id', async () => {
    verifies('private.authorize', 'private.name')
    rig = createRig()
    const { id } = await (await rig.linked('anna')).open({ kind: 'private', name: 'db' })
    const carl = await rig.linked('carl')
    expect(await carl.dial('db', 'x').over).toBe(RESET.tunnelUnknown)
    expect(await carl.dial(id, 'x').over).toBe(RESET.tunnelUnknown)
  })

  it('refuses a published tunnel', async () => {
    verifies('private.dial')
    rig = createRig()
    const anna = await rig.linked('anna')
    await anna.open({ kind: 'http', name: 'web' })
    expect(await anna.dial('web', 'x').over).toBe(RESET.published)
  })

  it('reaches a published control surface, which asks visitors for the same permission', async () => {
    verifies('private.dial', 'private.authorize')
    rig = createRig()
    const host = await rig.linked('anna')
    await host.open({ kind: 'http', name: 'shell', surface: 'webtty', tokenAuth: true })
    const dialer = await rig.linked('dialer')
    expect(await dialer.dial('shell', 'hello').got).toBe('hello')
    expect(await (await rig.linked('hoster')).dial('shell', 'x').over).toBe(RESET.forbidden)
  })

  it('lets addresses outside the trusted networks dial a control surface no more than visit it', async () => {
    verifies('private.authorize', 'edge.ip')
    rig = createRig()
    const host = await rig.linked('anna')
    const shell = { kind: 'http', surface: 'webtty', tokenAuth: true } as const
    await host.open({ ...shell, name: 'far', trustedIps: ['10.0.0.0/8'] })
    await host.open({ ...shell, name: 'near', trustedIps: ['192.0.2.0/24'] })
    const dialer = await rig.linked('dialer')
    expect(await dialer.dial('far', 'x').over).toBe(RESET.forbidden)
    expect(await dialer.dial('near', 'hello').got).toBe('hello')
  })

  it('keeps hostile names and ids out of logs and reports', async () => {
    verifies('private.authorize')
    rig = createRig()
    const anna = await rig.linked('anna')
    const evil = `\u001b[2J${'x'.repeat(2000)}`
    const over = new Promise((closed) => {
      anna.mux.open({ dial: evil, requestId: evil }, { data() {}, ended() {}, drained() {}, closed })
    })
    expect(await over).toBe(RESET.tunnelUnknown)
    const [record] = rig.authority.dials()
    expect(record?.target).toBe(`\ufffd[2J${'x'.repeat(60)}…`)
    expect(record?.requestId).toMatch(/^req_[0-9a-v]{16}$/)
  })

  it('refuses a stream that names nothing', async () => {
    rig = createRig()
    const anna = await rig.linked('anna')
    expect(await anna.dial('', 'x').over).toBe(RESET.protocol)
  })

  it('refuses a credential that has expired meanwhile', async () => {
    verifies('private.authorize')
    rig = createRig({ limits: { linkStatsMs: 1_000_000 } })
    await (await rig.linked('anna')).open({ kind: 'private', name: 'db' })
    const passing = await rig.linked('passing')
    rig.clock.now += 61_000
    expect(await passing.dial('db', 'x').over).toBe(RESET.forbidden)
  })

  it('decides and reports every open, not only the link', async () => {
    verifies('private.authorize')
    rig = createRig()
    await (await rig.linked('anna')).open({ kind: 'private', name: 'db' })
    const dialer = await rig.linked('dialer')
    expect(await dialer.dial('db', 'one').got).toBe('one')
    expect(await dialer.dial('nothing', 'two').over).toBe(RESET.tunnelUnknown)
    expect(await dialer.dial('db', 'three').got).toBe('three')
    const decisions = rig.authority.dials().map(({ decision, target, code }) => [decision, target, code])
    expect(decisions).toEqual([
      ['allowed', 'db', undefined],
      ['refused', 'nothing', 'TUNNEL_UNKNOWN'],
      ['allowed', 'db', undefined],
    ])
    expect(rig.logged.filter((line) => line.includes('a tunnel was dialed'))).toHaveLength(3)
  })

  it('brings bytes that were sent with the open, by name and by id, and both ends of the stream', async () => {
    verifies('private.dial', 'private.zero-rtt', 'private.name')
    rig = createRig()
    const host = await rig.linked('anna')
    const { id, url } = await host.open({ kind: 'private', name: 'db' })
    const dialer = await rig.linked('dialer')
    const [byName, byId] = [dialer.dial('db', 'hello'), dialer.dial(id, 'again')]
    expect([url, await byName.got, await byId.got]).toEqual(['tow://db', 'hello', 'again'])
    expect([await byName.over, await byId.over]).toEqual([undefined, undefined])
    const { open } = await host.streams.until('a stream', () => true)
    expect(open).toEqual({ tunnelId: id, from: '192.0.2.7:4000', requestId: 'req_test' })
  })

  it('keeps the first bytes while the host is away, and delivers them when it is back', async () => {
    verifies('private.zero-rtt', 'tunnel.reconnect')
    rig = createRig()
    const events = await rig.watch('anna')
    const host = await rig.linked('anna')
    await host.open({ kind: 'private', name: 'db' })
    host.breaks()
    await events.until('the tunnel offline', ({ type }) => type === 'tunnel.updated')
    const dialed = (await rig.linked('dialer')).dial('db', 'patient')

    await (await rig.linked('anna')).open({ kind: 'private', name: 'db' })

    expect(await dialed.got).toBe('patient')
  })

  it('says that the host is away when it does not come back', async () => {
    rig = createRig({ limits: { holdMs: 30 } })
    const events = await rig.watch('anna')
    const host = await rig.linked('anna')
    await host.open({ kind: 'private', name: 'db' })
    const dialer = await rig.linked('dialer')
    host.breaks()
    await events.until('the tunnel offline', ({ type }) => type === 'tunnel.updated')
    expect(await dialer.dial('db', 'x').over).toBe(RESET.linkLost)
  })

  it('passes the refusal of the host on', async () => {
    verifies('private.dial')
    rig = createRig()
    const host = await rig.linked('anna', (stream) => stream.reset(RESET.upstreamRefused))
    await host.open({ kind: 'private', name: 'db' })
    expect(await host.dial('db', 'x').over).toBe(RESET.upstreamRefused)
  })
})
