/** Proves that the engine holds a credential to its resource boundary: create, dial, list, watch, cut and mint. */
import { type Boundary, type ErrorBody, printBoundary, RESET, type Tunnel } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { createRig, type Peer, refusal, type Rig } from '../link/rig.fixture.ts'

let rig: Rig
afterEach(() => rig.close())

/** A rig where `bound` is of anna's root and has this boundary. */
const bounded = (resources: Boundary): Rig => {
  rig = createRig({ people: { bound: { rootCredentialId: 'crd_anna', resources } } })
  return rig
}

const json = async (response: Response): Promise<Record<string, unknown>> =>
  (await response.json()) as Record<string, unknown>
const refused = async (response: Response): Promise<readonly [number, string]> => {
  const { error } = (await response.json()) as { error: ErrorBody }
  return [response.status, error.code]
}
const codeOf = async (open: Promise<unknown>): Promise<string> => (await refusal(open)).code
const call = (method: string, path: string, body?: object): Promise<Response> =>
  rig.call('bound', path, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })

/** Three tunnels of anna's: web of team a, db of team b, and one without labels. */
const threeTunnels = async (): Promise<{ anna: Peer; web: Tunnel; db: Tunnel; bare: Tunnel }> => {
  const anna = await rig.linked('anna')
  const web = await anna.open({ kind: 'http', name: 'web', hostHeader: 'secret.example', labels: { team: 'a' } })
  const db = await anna.open({ kind: 'private', name: 'db', labels: { team: 'b' } })
  const bare = await anna.open({ kind: 'private', name: 'bare' })
  return { anna, web, db, bare }
}

describe('engine boundary: create', () => {
  it('engine boundary: refuses a tunnel whose name, kind, labels or publishing are out of it', async () => {
    verifies('token.resources')
    bounded({
      tunnels: { create: { name: { regex: '^ci-' }, kind: 'http', tokenAuth: true, labels: { team: 'a' } } },
    })
    const peer = await rig.linked('bound')
    const spec = { kind: 'http', name: 'ci-1', tokenAuth: true, labels: { team: 'a' } } as const
    expect((await peer.open(spec)).name).toBe('ci-1')
    for (const wrong of [
      { ...spec, name: 'web' },
      { ...spec, labels: {} },
      { ...spec, labels: { team: 'b' } },
      { ...spec, tokenAuth: false },
      { kind: 'private', name: 'ci-2', labels: { team: 'a' } } as const,
      { kind: 'http', tokenAuth: true, labels: { team: 'a' } } as const,
    ]) {
      expect(await codeOf(peer.open(wrong))).toBe('OUT_OF_BOUNDS')
    }
  })

  it('engine boundary: refuses to publish where only private ones may be, and in another project', async () => {
    verifies('token.resources')
    bounded({ AND: [{ projects: ['prj_dev'] }, { tunnels: { create: { publish: false } } }] })
    const peer = await rig.linked('bound')
    expect(await codeOf(peer.open({ kind: 'tcp', name: 'a' }))).toBe('OUT_OF_BOUNDS')
    expect((await peer.open({ kind: 'private', name: 'a' })).kind).toBe('private')
    await rig.close()
    bounded({ projects: ['prj_other'] })
    expect(await codeOf((await rig.linked('bound')).open({ kind: 'private', name: 'a' }))).toBe('OUT_OF_BOUNDS')
  })

  it('engine boundary: takes over no tunnel that it could not have made', async () => {
    verifies('token.resources')
    bounded({ tunnels: { create: { labels: { team: 'a' } } } })
    const { web } = await threeTunnels()
    const peer = await rig.linked('bound')
    expect(await codeOf(peer.open({ kind: 'private', name: 'db', labels: { team: 'a' } }))).toBe('NAME_TAKEN')
    expect((await peer.open({ kind: 'http', name: 'web', labels: { team: 'a' } })).epoch).toBeGreaterThan(web.epoch)
  })
})

describe('engine boundary: places', () => {
  it('engine boundary: of a workspace lets in only who is known to be in it', async () => {
    verifies('token.resources')
    const resources: Boundary = { workspaces: ['wsp_1'] }
    const people = { nowhere: { resources }, inside: { resources, workspaceId: 'wsp_1' } }
    rig = createRig({ people: { ...people, outside: { resources, workspaceId: 'wsp_2' } } })
    const open = async (token: string) => (await rig.linked(token)).open({ kind: 'private', name: token })
    expect([await codeOf(open('nowhere')), await codeOf(open('outside'))]).toEqual(['OUT_OF_BOUNDS', 'OUT_OF_BOUNDS'])
    expect((await open('inside')).name).toBe('inside')
  })
})

describe('engine boundary: dial', () => {
  it('engine boundary: knows no tunnel out of it, by name or id, and tells the authority why', async () => {
    verifies('token.resources', 'private.authorize')
    bounded({ tunnels: { connect: { labels: { team: 'b' } } } })
    const { web, bare } = await threeTunnels()
    const peer = await rig.linked('bound')
    expect(await peer.dial('db', 'hello').got).toBe('hello')
    for (const target of ['bare', bare.id, 'web', web.id, 'nothing']) {
      expect(await peer.dial(target, 'x').over).toBe(RESET.tunnelUnknown)
    }
    expect(rig.authority.dials().map(({ code = 'allowed' }) => code)).toEqual([
      'allowed',
      ...Array.from({ length: 4 }, () => 'OUT_OF_BOUNDS'),
      'TUNNEL_UNKNOWN',
    ])
  })

  it('engine boundary: of paths lets no stream in that has none', async () => {
    verifies('token.resources')
    bounded({ tunnels: { connect: { params: { path: { regex: '.*' } } } } })
    await threeTunnels()
    expect(await (await rig.linked('bound')).dial('db', 'x').over).toBe(RESET.tunnelUnknown)
  })

  it('engine boundary: is asked again when a tunnel that was held comes back as another', async () => {
    verifies('token.resources')
    bounded({ tunnels: { connect: { labels: { team: 'b' } } } })
    const { anna } = await threeTunnels()
    const peer = await rig.linked('bound')
    anna.breaks()
    const dialed = peer.dial('db', 'x')
    await expect.poll(() => rig.authority.dials().length).toBe(1)
    await (await rig.linked('anna')).open({ kind: 'private', name: 'db', labels: { team: 'c' } })
    expect(await dialed.over).toBe(RESET.tunnelUnknown)
  })
})

describe('engine boundary: list', () => {
  const LIST: Boundary = { tunnels: { list: { labels: { team: 'a' }, select: { name: true, labels: true } } } }

  it('engine boundary: lists what is in it, only the fields it selects, and no clients', async () => {
    verifies('token.resources')
    bounded(LIST)
    await threeTunnels()
    expect(await json(await call('GET', '/api/engine/tunnels'))).toEqual({
      tunnels: [{ name: 'web', labels: { team: 'a' } }],
    })
    expect(await json(await call('GET', '/api/engine/clients'))).toEqual({ clients: [] })
  })

  it('engine boundary: lets no filter ask about a field that is not selected', async () => {
    verifies('token.resources')
    bounded(LIST)
    await threeTunnels()
    const found = async (filter: string) =>
      (await json(await call('GET', `/api/engine/tunnels?filter=${encodeURIComponent(filter)}`)))['tunnels']
    expect(await found('{"hostHeader":{"regex":"^s"}}')).toEqual([])
    expect(await found('name=web')).toEqual([{ name: 'web', labels: { team: 'a' } }])
  })

  it('engine boundary: shows everything where the action is not bounded further', async () => {
    bounded({ tunnels: { list: true } })
    const { web, db, bare } = await threeTunnels()
    expect(await json(await call('GET', '/api/engine/tunnels'))).toEqual({ tunnels: [web, db, bare] })
    expect(((await json(await call('GET', '/api/engine/clients')))['clients'] as unknown[]).length).toBe(1)
  })

  it('engine boundary: shows nothing where listing is no part of it', async () => {
    verifies('token.resources')
    bounded({ tunnels: { connect: true } })
    await threeTunnels()
    expect(await json(await call('GET', '/api/engine/tunnels'))).toEqual({ tunnels: [] })
  })

  it('engine boundary: watches what is in it, only the fields it selects', async () => {
    verifies('token.resources')
    bounded(LIST)
    const { anna, web } = await threeTunnels()
    const events = await rig.watch('bound')
    await anna.open({ kind: 'private', name: 'hidden', labels: { team: 'b' } })
    const shown = await anna.open({ kind: 'private', name: 'shown', labels: { team: 'a' } })
    anna.say({ type: 'tunnel.close', tunnelId: web.id })
    await events.until('the end of web', ({ type }) => type === 'tunnel.deleted')
    expect(events.all.map(({ type, object }) => [type, object])).toEqual([
      ['state.initial', { tunnels: [{ name: 'web', labels: { team: 'a' } }], clients: [] }],
      ['tunnel.created', { name: 'shown', labels: shown.labels }],
      ['tunnel.deleted', { name: 'web', labels: { team: 'a' }, cause: 'closed' }],
    ])
  })

  it('engine boundary: resumes a watch within it, and lets its filter ask about no hidden field', async () => {
    verifies('token.resources')
    bounded(LIST)
    const start = await rig.watch('bound')
    const { id } = await start.until('the state', ({ type }) => type === 'state.initial')
    const { anna } = await threeTunnels()
    const resumed = await rig.watch('bound', `/api/engine/watch?lastEventId=${id}`)
    const curious = await rig.watch('bound', `/api/engine/watch?lastEventId=${id}&tunnelFilter=kind=http`)
    await anna.open({ kind: 'private', name: 'late', labels: { team: 'a' } })
    const isLate = (event: { type: string; object: object }) => 'name' in event.object && event.object.name === 'late'
    await resumed.until('late', isLate)
    expect(resumed.all.map(({ object }) => object)).toEqual([
      { name: 'web', labels: { team: 'a' } },
      { name: 'late', labels: { team: 'a' } },
    ])
    expect(curious.all).toEqual([])
  })

  it('engine boundary: tells who saw a tunnel that it left by going offline', async () => {
    bounded({ tunnels: { list: { status: 'online', select: { name: true } } } })
    const anna = await rig.linked('anna')
    const events = await rig.watch('bound')
    await anna.open({ kind: 'private', name: 'db' })
    anna.breaks()
    await events.until('offline', ({ type }) => type === 'tunnel.updated')
    expect(await json(await call('GET', '/api/engine/tunnels'))).toEqual({ tunnels: [] })
  })
})

describe('engine boundary: cut', () => {
  it('engine boundary: cuts what is in it; the rest is not there, and clients only without a bound', async () => {
    verifies('token.resources', 'engine.cut')
    bounded({ tunnels: { cut: { labels: { team: 'a' } } } })
    const { anna, bare } = await threeTunnels()
    const { clientId } = bare
    for (const path of ['tunnels/bare', `tunnels/${bare.id}`, 'tunnels/nothing', `clients/${clientId}`]) {
      expect(await refused(await call('DELETE', `/api/engine/${path}`, {}))).toEqual([404, 'NOT_FOUND'])
    }
    const gone = await call('DELETE', '/api/engine/tunnels/web', {})
    expect([gone.status, await json(gone)]).toEqual([200, { id: expect.any(String), name: 'web' }])
    await anna.said.until('the end of web', ({ type }) => type === 'tunnel.close')
  })
})

describe('engine boundary: mint', () => {
  const wish = { permissions: ['tunnels.list'], ttlSeconds: 60 }

  it('engine boundary: refuses to mint by a boundary that breaks the grammar or is not RE2', async () => {
    verifies('token.resources')
    bounded({ tunnels: { list: true } })
    for (const resources of [
      {},
      { tunnels: { list: { nope: 'x' } } },
      { tunnels: { list: { name: { regex: '(?=a)' } } } },
      { tunnels: { list: { name: { regex: '[^x]{500}' } } } },
    ]) {
      const answer = await refused(await call('POST', '/api/engine/tokens', { ...wish, resources }))
      expect(answer).toEqual([400, 'BOUNDARY_INVALID'])
    }
    expect((await call('POST', '/api/engine/tokens', { ...wish, resources: 'all' })).status).toBe(400)
  })

  it('engine boundary: hands the boundary on and answers what came of it', async () => {
    rig = createRig()
    const resources = { tunnels: { list: { name: 'web' } } }
    const response = await rig.call('anna', '/api/engine/tokens', {
      method: 'POST',
      body: JSON.stringify({ ...wish, resources }),
      headers: { 'content-type': 'application/json' },
    })
    expect([response.status, (await json(response))['resources']]).toEqual([201, resources])
  })
})

describe('engine boundary: trust', () => {
  it('engine boundary: that cannot be understood lets nobody do anything', async () => {
    bounded({ tunnels: { list: { name: { regex: '(' } } } })
    await threeTunnels()
    expect(await json(await call('GET', '/api/engine/tunnels'))).toEqual({ tunnels: [] })
  })

  it('engine boundary: is compiled anew when a credential comes back with another', async () => {
    for (const name of ['web', 'db']) {
      const resources = { tunnels: { list: { name, select: { name: true } } } } as const
      bounded(resources)
      await threeTunnels()
      expect([printBoundary(resources), await json(await call('GET', '/api/engine/tunnels'))]).toEqual([
        printBoundary(resources),
        { tunnels: [{ name }] },
      ])
      await rig.close()
    }
  })
})
