/** Proves the engine API's refusals, inventories, filters, cuts, minting and its own description. */
import { type ErrorBody, LIMITS, PERMISSIONS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { createRig, type Peer, refusal, type Rig, within } from '../link/rig.fixture.ts'

let rig: Rig
afterEach(() => rig.close())

const refused = async (response: Response): Promise<readonly [number, string]> => {
  const { error } = (await response.json()) as { error: ErrorBody }
  return [response.status, error.code]
}

const names = async (response: Response): Promise<readonly string[]> => {
  const { tunnels } = (await response.json()) as { tunnels: { name: string }[] }
  return tunnels.map(({ name }) => name)
}

const remove = (token: string, path: string, body?: object): Promise<Response> =>
  rig.call(token, path, {
    method: 'DELETE',
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })

const post = (token: string, body: string): Promise<Response> =>
  rig.call(token, '/api/engine/tokens', { method: 'POST', body, headers: { 'content-type': 'application/json' } })

describe('engine api proofs', () => {
  it('refuses a missing, unknown or powerless credential on every operation', async () => {
    rig = createRig()
    const calls = [
      ['GET', '/api/engine/tunnels'],
      ['GET', '/api/engine/clients'],
      ['GET', '/api/engine/watch'],
      ['DELETE', '/api/engine/tunnels/x'],
      ['DELETE', '/api/engine/clients/x'],
      ['POST', '/api/engine/tokens'],
    ] as const
    for (const [method, path] of calls) {
      expect(await refused(await rig.call(undefined, path, { method }))).toEqual([401, 'UNAUTHENTICATED'])
      expect(await refused(await rig.call('nobody', path, { method }))).toEqual([401, 'UNAUTHENTICATED'])
      expect(await refused(await rig.call('hoster', path, { method }))).toEqual([403, 'FORBIDDEN'])
    }
  })

  it('refuses a query token everywhere but on the watch endpoints', async () => {
    verifies('engine.query-token')
    rig = createRig()
    const answer = await refused(await rig.call(undefined, '/api/engine/tunnels?towline.token=brief'))
    expect(answer).toEqual([401, 'QUERY_TOKEN_REFUSED'])
  })

  it('refuses a query token that may do more than list, lives longer, or for ever', async () => {
    verifies('engine.query-token')
    rig = createRig()
    for (const token of ['powerful', 'long', 'lister', 'anna']) {
      const answer = await refused(await rig.call(undefined, `/api/engine/watch?towline.token=${token}`))
      expect(answer).toEqual([401, 'QUERY_TOKEN_REFUSED'])
    }
    expect(await refused(await rig.call(undefined, '/api/engine/watch?towline.token=nobody'))).toEqual([
      401,
      'UNAUTHENTICATED',
    ])
    const watch = await rig.call(undefined, '/api/engine/watch?towline.token=brief')
    expect(watch.status).toBe(200)
    await watch.body?.cancel()
  })

  it('refuses two proofs, also two of one sort', async () => {
    verifies('engine.query-token')
    rig = createRig()
    const two = [400, 'PROOF_DUPLICATE']
    expect(await refused(await rig.call('anna', '/api/engine/watch?towline.token=brief'))).toEqual(two)
    expect(
      await refused(await rig.call(undefined, '/api/engine/watch?towline.token=brief&towline%2Etoken=brief')),
    ).toEqual(two)
    const headers = { authorization: 'Bearer anna, Bearer bert' }
    expect(await refused(await rig.call(undefined, '/api/engine/tunnels', { headers }))).toEqual(two)
  })
})

describe('engine api input', () => {
  it('refuses unknown parameters, bad values and paths that are not there', async () => {
    rig = createRig()
    const refusals = {
      '/api/engine/tunnels?fliter=a': [400, 'REQUEST_INVALID'],
      '/api/engine/tunnels?limit=0': [400, 'REQUEST_INVALID'],
      '/api/engine/tunnels?limit=1001': [400, 'REQUEST_INVALID'],
      '/api/engine/tunnels?limit=1&limit=2': [400, 'REQUEST_INVALID'],
      '/api/engine/tunnels?cursor=-': [400, 'REQUEST_INVALID'],
      '/api/engine/tunnels?filter=color=red': [400, 'FILTER_INVALID'],
      '/api/engine/tunnels?filter=kind=htp': [400, 'FILTER_INVALID'],
      '/api/engine/tunnels?filter=tokenAuth=yes': [400, 'FILTER_INVALID'],
      '/api/engine/clients?filter=transport=udp': [400, 'FILTER_INVALID'],
      '/api/engine/clients?filter=kind=http': [400, 'FILTER_INVALID'],
      '/api/engine/watch?tunnelFilter=color=red': [400, 'FILTER_INVALID'],
      '/api/engine/watch?tunnelFilter=status=up': [400, 'FILTER_INVALID'],
      '/api/engine/watch/ws': [400, 'REQUEST_INVALID'],
      '/api/engine/nothing': [404, 'NOT_FOUND'],
    }
    for (const [path, expected] of Object.entries(refusals)) {
      expect([path, ...(await refused(await rig.call('anna', path)))]).toEqual([path, ...expected])
    }
  })

  it('refuses bodies with unknown keys, that are not JSON, or too long', async () => {
    verifies('limits.table')
    rig = createRig({ limits: { apiBodyBytes: 200 } })
    const good = { permissions: ['tunnels.list'], ttlSeconds: 60 }
    expect(await refused(await post('anna', JSON.stringify({ ...good, admin: true })))).toEqual([
      400,
      'REQUEST_INVALID',
    ])
    expect(await refused(await post('anna', '{'))).toEqual([400, 'REQUEST_INVALID'])
    expect(await refused(await post('anna', JSON.stringify({ ...good, permissions: ['root'] })))).toEqual([
      400,
      'REQUEST_INVALID',
    ])
    expect(await refused(await post('anna', `{"x":"${'x'.repeat(200)}"}`))).toEqual([413, 'PAYLOAD_TOO_LARGE'])
    expect(await refused(await remove('anna', '/api/engine/tunnels/x', { why: 'x' }))).toEqual([400, 'REQUEST_INVALID'])
  })

  it('answers a failure of ours with an id that the log holds', async () => {
    rig = createRig()
    rig.authority.mint = () => Promise.reject(new Error('disk full'))
    const response = await post('anna', JSON.stringify({ permissions: ['tunnels.list'], ttlSeconds: 60 }))
    const { error } = (await response.json()) as { error: ErrorBody }
    expect([response.status, error.code]).toEqual([500, 'INTERNAL'])
    expect(JSON.stringify(error)).not.toContain('disk')
    expect(rig.logged.some((line) => line.includes('disk full') && line.includes(String(error.details?.['id'])))).toBe(
      true,
    )
  })
})

describe('engine api inventories', () => {
  it('shows the tunnels of the own project only, whole, oldest first', async () => {
    verifies('engine.tunnels', 'tunnel.forward.labels')
    rig = createRig()
    const [anna, carl] = [await rig.linked('anna'), await rig.linked('carl')]
    await carl.open({ kind: 'http', name: 'theirs' })
    const web = await anna.open({ kind: 'http', name: 'web', labels: { purpose: 'review' }, tokenAuth: true })
    const db = await anna.open({ kind: 'private', name: 'db' })
    expect(await (await rig.call('lister', '/api/engine/tunnels')).json()).toEqual({ tunnels: [web, db] })
    expect(web).toEqual({
      id: expect.stringMatching(/^tun_[a-z0-9]{16}$/),
      kind: 'http',
      name: 'web',
      labels: { purpose: 'review' },
      tokenAuth: true,
      url: 'http://web.dev.localhost:8080',
      owner: 'crd_anna',
      clientId: expect.stringMatching(/^cli_/),
      projectId: 'prj_dev',
      status: 'online',
      createdAt: 1000,
      epoch: expect.any(Number),
    })
  })

  it('filters by the one grammar: values, labels, presence, AND, OR and RE2', async () => {
    verifies('engine.filter')
    rig = createRig()
    const anna = await rig.linked('anna')
    await anna.open({ kind: 'http', name: 'web', labels: { env: 'test', team: 'a' } })
    await anna.open({ kind: 'private', name: 'db', labels: { env: 'prod' } })
    await anna.open({ kind: 'private', name: 'cache' })
    const found = async (filter: string | object): Promise<readonly string[]> => {
      const text = typeof filter === 'string' ? filter : JSON.stringify(filter)
      return names(await rig.call('anna', `/api/engine/tunnels?filter=${encodeURIComponent(text)}`))
    }
    expect(await found('kind=private')).toEqual(['db', 'cache'])
    expect(await found('kind=private,labels.env=prod')).toEqual(['db'])
    expect(await found('labels.env=*')).toEqual(['web', 'db'])
    expect(await found({ OR: [{ name: 'cache' }, { labels: { team: 'a' } }] })).toEqual(['web', 'cache'])
    expect(await found({ name: { regex: '^.{2,3}$' }, kind: { oneof: ['http', 'tcp'] } })).toEqual(['web'])
  })

  it('answers a page at a time, whatever goes or comes between two pages', async () => {
    verifies('engine.tunnels')
    rig = createRig()
    const anna = await rig.linked('anna')
    const opened = []
    for (const name of ['a', 'b', 'c', 'd']) opened.push(await anna.open({ kind: 'private', name }))
    const first = (await (await rig.call('anna', '/api/engine/tunnels?limit=2')).json()) as {
      tunnels: unknown
      next: string
    }
    expect(first).toEqual({ tunnels: opened.slice(0, 2), next: expect.any(String) })
    await remove('anna', '/api/engine/tunnels/b')
    const rest = await (await rig.call('anna', `/api/engine/tunnels?limit=2&cursor=${first.next}`)).json()
    expect(rest).toEqual({ tunnels: opened.slice(2) })
  })
})

describe('engine api cuts', () => {
  it('cannot cut what is not there or of another project', async () => {
    verifies('engine.cut')
    rig = createRig()
    const carl = await rig.linked('carl')
    const { id, clientId } = await carl.open({ kind: 'private', name: 'db' })
    for (const path of [`tunnels/${id}`, 'tunnels/db', `clients/${clientId}`]) {
      expect(await refused(await remove('anna', `/api/engine/${path}`))).toEqual([404, 'NOT_FOUND'])
    }
    expect(carl.mux.closed).toBe(false)
  })

  it('cuts a tunnel with its streams; the owner sees who did it and why, and may not just retry', async () => {
    verifies('engine.cut')
    rig = createRig()
    const events = await rig.watch('anna')
    const anna = await rig.linked('anna')
    const tunnel = await anna.open({ kind: 'private', name: 'db' })
    const dialer = await rig.linked('dialer')
    const over = new Promise((resolve) => {
      dialer.mux.open({ dial: 'db' }, { data() {}, ended() {}, drained() {}, closed: resolve })
    })
    await anna.streams.until('a stream', () => true)

    const response = await remove('bert', `/api/engine/tunnels/${tunnel.id}`, { reason: 'leaks \u001b[2Jdata' })

    expect([response.status, await response.json()]).toEqual([200, tunnel])
    const told = await anna.said.until('tunnel.close', ({ type }) => type === 'tunnel.close')
    expect(told).toMatchObject({
      tunnelId: tunnel.id,
      error: {
        code: 'TUNNEL_CUT',
        retryable: false,
        message: 'The tunnel "db" was cut by crd_bert: leaks \ufffd[2Jdata',
      },
    })
    expect(await over).toBeTypeOf('number')
    expect(await events.until('its end', ({ type }) => type === 'tunnel.deleted')).toMatchObject({
      object: { cause: 'cut' },
    })
    expect(rig.authority.reports.at(-1)).toMatchObject({
      action: 'tunnel.cut',
      credentialId: 'crd_bert',
      target: tunnel.id,
    })
    expect(anna.mux.closed).toBe(false)
  })

  it('cuts a client with all its tunnels at once, without holding them', async () => {
    verifies('engine.cut')
    rig = createRig()
    const anna = await rig.linked('anna')
    const { clientId } = await anna.open({ kind: 'http', name: 'web' })
    const response = await remove('bert', `/api/engine/clients/${clientId}`, { reason: 'lost laptop' })
    expect(response.status).toBe(200)
    expect(await anna.reason()).toMatchObject({
      code: 'CLIENT_CUT',
      message: 'This client was cut by crd_bert: lost laptop',
      row: { retryable: false },
    })
    await anna.closed
    expect(rig.core.router.http('web.dev.localhost')).toBeUndefined()
    expect(await (await rig.call('anna', '/api/engine/clients')).json()).toEqual({ clients: [] })
  })
})

describe('engine api cuts of hosts that are away', () => {
  it('tells the host when it asks for the name again, once', async () => {
    verifies('engine.cut')
    rig = createRig()
    const events = await rig.watch('anna')
    const anna = await rig.linked('anna')
    await anna.open({ kind: 'private', name: 'db' })
    anna.breaks()
    await events.until('the tunnel offline', ({ type }) => type === 'tunnel.updated')
    expect((await remove('bert', '/api/engine/tunnels/db', { reason: 'stolen' })).status).toBe(200)
    const back = await rig.linked('anna')

    const error = await refusal(back.open({ kind: 'private', name: 'db' }))

    expect([error.code, error.message]).toEqual(['TUNNEL_CUT', 'The tunnel "db" was cut by crd_bert: stolen'])
    expect((await back.open({ kind: 'private', name: 'db' })).status).toBe('online')
  })

  it('tells a client that was silent when it was cut', async () => {
    verifies('engine.cut')
    rig = createRig({ limits: { linkPingMs: 10, linkPongMs: 100_000 } })
    const anna = await rig.linked('anna')
    const { clientId } = await anna.open({ kind: 'private', name: 'db' })
    anna.falls()
    await within('silence', silence(anna))
    await remove('bert', `/api/engine/clients/${clientId}`, { reason: 'stolen' })
    const error = await refusal((await rig.linked('anna')).open({ kind: 'private', name: 'db' }))
    expect(error.code).toBe('CLIENT_CUT')
  })
})

/** The engine's last ping to the peer is longer ago than a live link ever lets it be. */
const silence = async (peer: Peer): Promise<void> => {
  const since = performance.now()
  while (performance.now() - Math.max(since, peer.mux.heardAt) < 20) await new Promise((next) => setImmediate(next))
}

describe('engine api tokens', () => {
  it('refuses lives over the bound and permissions the caller does not have', async () => {
    rig = createRig()
    const long = { permissions: ['tunnels.list'], ttlSeconds: LIMITS.tokenSecondsMax + 1 }
    expect(await refused(await post('anna', JSON.stringify(long)))).toEqual([400, 'OPTION_INVALID'])
    const wide = { permissions: ['tunnels.cut'], ttlSeconds: 60 }
    expect(await refused(await post('minter', JSON.stringify(wide)))).toEqual([403, 'FORBIDDEN'])
  })

  it('mints the permissions that caller and request share', async () => {
    rig = createRig()
    const response = await post(
      'minter',
      JSON.stringify({ permissions: ['tunnels.list', 'tunnels.cut'], ttlSeconds: 60 }),
    )
    expect([response.status, response.headers.get('cache-control'), await response.json()]).toEqual([
      201,
      'no-store',
      { token: 'minted:tunnels.list', credentialId: 'crd_minted', permissions: ['tunnels.list'], expiresAt: 1060 },
    ])
    expect(rig.logged.join('')).not.toContain('minted:')
  })
})

describe('engine api description', () => {
  it('names every operation with the permission it needs', async () => {
    verifies('engine.openapi')
    rig = createRig()
    const response = await rig.call(undefined, '/api/engine/openapi.json')
    const document = (await response.json()) as {
      openapi: string
      paths: Record<string, Record<string, Record<string, unknown>>>
      'x-towline-permissions': unknown
    }
    const required = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [method, path, operation['x-towline-required-permissions']]),
    )
    expect(required).toEqual([
      ['get', '/api/engine/tunnels', ['tunnels.list']],
      ['get', '/api/engine/clients', ['tunnels.list']],
      ['get', '/api/engine/watch', ['tunnels.list']],
      ['get', '/api/engine/watch/ws', ['tunnels.list']],
      ['delete', '/api/engine/tunnels/{id}', ['tunnels.cut']],
      ['delete', '/api/engine/clients/{id}', ['tunnels.cut']],
      ['post', '/api/engine/tokens', ['tokens.create']],
    ])
    expect([document.openapi, document['x-towline-permissions']]).toEqual(['3.1.0', PERMISSIONS])
  })
})
