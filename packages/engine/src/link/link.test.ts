/** Proves who gets a link, who is turned away with what words, and when a link is cut. */
import { LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { createRig, Peer, refusal, revokeAfterCheck, type Rig, within } from './rig.fixture.ts'
import { chooseVersion } from './version.ts'

let rig: Rig
afterEach(() => rig?.close())

describe('engine link', () => {
  it('refuses a credential that is not good, and one that may neither host nor dial', async () => {
    rig = createRig()
    expect((await refusal(rig.peer().hello('nobody'))).code).toBe('UNAUTHENTICATED')
    expect((await refusal(rig.peer().hello('lister'))).code).toBe('FORBIDDEN')
    const response = await rig.call('anna', '/api/engine/clients')
    expect(await response.json()).toEqual({ clients: [] })
  })

  it('never writes a token into the log', async () => {
    rig = createRig()
    await refusal(rig.peer().hello('tow_secretsecretsecret'))
    await rig.linked('anna')
    expect(rig.logged.length).toBeGreaterThan(0)
    expect(rig.logged.join('')).not.toContain('secretsecret')
  })

  it('tells an old client and an old server apart', async () => {
    verifies('link.version')
    rig = createRig()
    const error = await refusal(rig.peer().hello('anna', { min: 2, max: 3 }))
    expect([error.code, error.message, error.next]).toEqual([
      'VERSION_SKEW',
      'The server is too old: this side speaks link versions 1, the other 2 to 3.',
      'Upgrade the server.',
    ])
    expect((await refusal(rig.peer().hello('anna', { min: 0, max: 0 }))).message).toBe(
      'The client is too old: this side speaks link versions 1, the other 0.',
    )
  })

  it('chooses the newest version of both', () => {
    verifies('link.version')
    expect(chooseVersion({ min: 1, max: 9 }, { min: 1, max: 3 })).toBe(3)
    expect(chooseVersion({ min: 1, max: 2 }, { min: 1, max: 3 })).toBe(2)
  })

  it('closes a peer that says no hello in time', async () => {
    verifies('limits.table')
    rig = createRig({ limits: { linkHelloMs: 10 } })
    const peer = rig.peer()
    expect((await peer.reason()).message).toBe('The peer broke the link protocol: no hello came in time')
    await within('the end', peer.closed)
  })

  it('refuses anything but hello first, a second hello, and messages that only an engine says', async () => {
    rig = createRig()
    const early = rig.peer()
    early.say({ type: 'tunnel.open', ref: 1, spec: { kind: 'http' } })
    expect((await early.reason()).code).toBe('PROTOCOL_ERROR')
    for (const message of [
      { type: 'hello', min: 1, max: 1, token: 'anna', agent: 'a', os: 'o', arch: 'x' },
      { type: 'tunnel.stats', tunnelId: 't', active: 0, requests: 0, p50Ms: 0, p99Ms: 0 },
    ] as const) {
      const peer = await rig.linked('anna')
      peer.say(message)
      expect((await peer.reason()).code).toBe('PROTOCOL_ERROR')
    }
  })

  it('refuses streams before the welcome', async () => {
    verifies('private.authorize')
    rig = createRig()
    expect(await rig.peer().dial('db', 'x').over).toBe(5)
  })

  it('ignores messages of a type it does not know', async () => {
    rig = createRig()
    const peer = await rig.linked('anna')
    peer.say({ type: 'weather' } as never)
    expect((await peer.open({ kind: 'http', name: 'web' })).name).toBe('web')
  })

  it('refuses a link over the bound, and says which bound', async () => {
    verifies('limits.table')
    rig = createRig({ limits: { engineLinks: 1 } })
    await rig.linked('anna')
    const error = await rig.peer().reason()
    expect([error.code, error.details]).toEqual(['LIMIT_REACHED', { limit: 'engineLinks', value: 1 }])
  })

  it('refuses tunnels of a credential that may not host', async () => {
    rig = createRig()
    const error = await refusal((await rig.linked('dialer')).open({ kind: 'private' }))
    expect([error.code, error.details]).toEqual(['FORBIDDEN', { permission: 'tunnels.create' }])
  })

  it('shows the client in the inventory, made safe', async () => {
    verifies('engine.clients')
    rig = createRig()
    const peer = rig.peer()
    const { clientId } = await peer.hello('anna', { agent: 'evil\u001b[2J/1', labels: { room: 'lab' } })
    const tunnel = await peer.open({ kind: 'http', name: 'web' })
    const { clients } = (await (await rig.call('anna', '/api/engine/clients')).json()) as { clients: unknown[] }
    expect(clients).toEqual([
      {
        id: clientId,
        agent: 'evil\ufffd[2J/1',
        os: 'linux',
        arch: 'x64',
        labels: { room: 'lab' },
        address: '192.0.2.7',
        transport: 'plain',
        owner: 'crd_anna',
        projectId: 'prj_dev',
        tunnels: [tunnel.id],
        status: 'online',
        createdAt: 1000,
      },
    ])
  })

  it.each(['crd_anna-child', 'crd_anna'])('cuts the link at once when %s is revoked', async (revoked) => {
    rig = createRig()
    const events = await rig.watch('bert')
    const child = await rig.linked('anna-child')
    await child.open({ kind: 'http', name: 'web' })
    rig.authority.revoke(revoked)
    expect(await child.reason()).toMatchObject({ code: 'UNAUTHENTICATED' })
    const gone = await events.until('its end', ({ type }) => type === 'tunnel.deleted')
    expect(gone).toMatchObject({ object: { name: 'web', cause: 'revoked' } })
    expect(rig.core.router.http('web.dev.localhost')).toBeUndefined()
  })

  it('misses no revocation that comes right after the check, however it falls', async () => {
    verifies('oauth.revoke')
    for (let turns = 0; turns < 8; turns++) {
      rig = createRig()
      revokeAfterCheck(rig, 'crd_anna', turns)
      const peer = rig.peer()
      peer.hello('anna').catch(() => {})
      expect(await peer.reason(), `${turns} turns after the check`).toMatchObject({ code: 'UNAUTHENTICATED' })
      await rig.close()
    }
  })

  it('tells every client that it goes when it closes, and takes no more', async () => {
    rig = createRig()
    const anna = await rig.linked('anna')
    await anna.open({ kind: 'http', name: 'web' })
    await rig.close()
    expect(await anna.reason()).toMatchObject({ code: 'SHUTTING_DOWN' })
    expect(await new Peer(rig.core, LIMITS).reason()).toMatchObject({ code: 'SHUTTING_DOWN' })
  })
})
