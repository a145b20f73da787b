/** Proves both watches: what comes first, what follows, how they resume, and when they end. */
import type { Tunnel, WatchEvent } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { Inbox, type Rig, createRig, readEvents, revokeAfterCheck, within } from '../link/rig.fixture.ts'
import { eventSchema } from './schemas.ts'
import { type Served, serve } from './served.fixture.ts'

let rig: Rig
afterEach(() => rig.close())

const isFirst = ({ type }: WatchEvent): boolean => type === 'state.initial'
const created = (name: string) => (event: WatchEvent) => event.type === 'tunnel.created' && event.object.name === name

describe('engine watch', () => {
  it('sends the state, then what happens, each event numbered', async () => {
    verifies('engine.sse')
    rig = createRig()
    const anna = await rig.linked('anna')
    const web = await anna.open({ kind: 'http', name: 'web' })
    const events = await rig.watch('lister')
    const first = await events.until('the state', isFirst)
    const db = await anna.open({ kind: 'private', name: 'db' })
    anna.say({ type: 'tunnel.close', tunnelId: db.id })
    await events.until('its end', ({ type }) => type === 'tunnel.deleted')

    expect(first.object).toEqual({ tunnels: [web], clients: [expect.objectContaining({ tunnels: [web.id] })] })
    const at = Number(first.id.split('.')[1])
    expect(events.all.slice(1, 4).map(({ id, type }) => [Number(id.split('.')[1]) - at, type])).toEqual([
      [1, 'tunnel.created'],
      [2, 'client.updated'],
      [3, 'tunnel.deleted'],
    ])
    expect(events.all[3]).toEqual({
      id: expect.any(String),
      type: 'tunnel.deleted',
      createdAt: 1000,
      projectId: 'prj_dev',
      object: { ...db, status: 'offline', cause: 'closed' },
    })
  })

  it('sends every kind of event as its schema says', async () => {
    verifies('engine.sse', 'engine.openapi')
    rig = createRig()
    const events = await rig.watch('anna')
    const anna = await rig.linked('anna')
    await anna.open({ kind: 'tcp', name: 'db', labels: { a: 'b' }, trustedIps: ['::1'] })
    anna.breaks()
    await events.until('the tunnel offline', ({ type }) => type === 'tunnel.updated')
    await (await rig.linked('anna')).open({ kind: 'http', name: 'db', surface: 'mcp', tokenAuth: true })
    await events.until('the last event', ({ type, object }) => type === 'client.updated' && object.tunnels.length === 1)
    await events.until('the new tunnel', (event) => event.type === 'tunnel.created' && event.object.kind === 'http')
    expect(new Set(events.all.map(({ type }) => type))).toEqual(
      new Set([
        ...['state.initial', 'client.created', 'client.updated', 'client.deleted'],
        ...['tunnel.created', 'tunnel.updated', 'tunnel.deleted'],
      ]),
    )
    for (const event of events.all) expect(eventSchema.parse(event)).toEqual(event)
  })

  it('tells nothing of other projects', async () => {
    verifies('engine.sse')
    rig = createRig()
    const events = await rig.watch('anna')
    await (await rig.linked('carl')).open({ kind: 'http', name: 'theirs' })
    await (await rig.linked('anna')).open({ kind: 'http', name: 'ours' })
    await events.until('our tunnel', created('ours'))
    expect(JSON.stringify(events.all)).not.toContain('theirs')
  })

  it('goes on after Last-Event-ID without a gap, a repetition or a new state', async () => {
    verifies('engine.sse')
    rig = createRig()
    const anna = await rig.linked('anna')
    const before = await rig.watch('anna')
    await anna.open({ kind: 'http', name: 'a' })
    const { id } = await before.until('a', created('a'))
    await anna.open({ kind: 'http', name: 'b' })
    const field = await rig.watch('anna', '/api/engine/watch', { 'last-event-id': id })
    const query = await rig.watch('anna', `/api/engine/watch?lastEventId=${id}`)
    await anna.open({ kind: 'http', name: 'c' })
    await before.until('c', created('c'))
    for (const resumed of [field, query]) {
      await resumed.until('c', created('c'))
      const types = ['client.updated', 'tunnel.created', 'client.updated', 'tunnel.created']
      expect(resumed.all.slice(0, 4).map(({ type }) => type)).toEqual(types)
    }
  })

  it('begins anew with the state when the id is too old', async () => {
    verifies('engine.sse')
    rig = createRig({ limits: { watchJournal: 2 } })
    const anna = await rig.linked('anna')
    const before = await rig.watch('anna')
    const { id } = await before.until('the state', isFirst)
    const a = await anna.open({ kind: 'http', name: 'a' })
    const b = await anna.open({ kind: 'http', name: 'b' })
    const resumed = await rig.watch('anna', '/api/engine/watch', { 'last-event-id': id })
    expect(await resumed.until('the state', isFirst)).toMatchObject({ object: { tunnels: [a, b] } })
  })

  it('filters tunnels and clients, and tells when a tunnel stops matching by its status', async () => {
    verifies('engine.filter', 'engine.sse')
    rig = createRig()
    const anna = await rig.linked('anna')
    const a = await anna.open({ kind: 'http', name: 'a', labels: { env: 'test' } })
    const filter = encodeURIComponent('labels.env=test,status=online')
    const events = await rig.watch('anna', `/api/engine/watch?tunnelFilter=${filter}&clientFilter=agent=none`)
    await anna.open({ kind: 'http', name: 'b' })
    anna.breaks()
    await events.until('a offline', ({ type }) => type === 'tunnel.updated')
    expect(events.all.map(({ type, object }) => [type, 'name' in object && object.name])).toEqual([
      ['state.initial', false],
      ['tunnel.updated', 'a'],
    ])
    expect(events.all[0]?.object).toEqual({ tunnels: [a], clients: [] })
  })

  it('refuses more watchers than the bound', async () => {
    verifies('limits.table')
    rig = createRig({ limits: { watchers: 1 } })
    await rig.watch('anna')
    const response = await rig.call('anna', '/api/engine/watch')
    expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
      429,
      'LIMIT_REACHED',
    ])
  })

  it('gives the place of a watcher that left to the next', async () => {
    rig = createRig({ limits: { watchers: 1 } })
    await (await rig.call('anna', '/api/engine/watch')).body?.cancel()
    await (await rig.watch('anna')).until('the state', isFirst)
  })

  it('closes a watcher that does not read, and lets the others go on', async () => {
    verifies('limits.table')
    rig = createRig({ limits: { watchBacklogBytes: 1000 } })
    const outgoing = { destroy: (): void => {} }
    const broken = new Promise<void>((destroy) => {
      outgoing.destroy = destroy
    })
    const slow = await (await rig.core.api()).request(
      'http://localhost/api/engine/watch',
      { headers: { authorization: 'Bearer anna' } },
      { outgoing },
    )
    const events = await rig.watch('anna')
    const anna = await rig.linked('anna')
    for (const name of ['a', 'b', 'c', 'd']) await anna.open({ kind: 'http', name })
    await events.until('d', created('d'))

    await within('the end of the connection', broken)

    const text = await within('the end of the stream', slow.text())
    expect([text.includes('"name":"a"'), text.includes('"name":"d"')]).toEqual([true, false])
  })

  it('opens no watch for HEAD', async () => {
    rig = createRig({ limits: { watchers: 1 } })
    expect((await rig.call('anna', '/api/engine/watch', { method: 'HEAD' })).status).toBe(200)
    await (await rig.watch('anna')).until('the state', isFirst)
  })

  it('sends a comment to an idle watcher', async () => {
    verifies('limits.table')
    rig = createRig({ limits: { watchPingMs: 10 } })
    const reader = (await rig.call('anna', '/api/engine/watch')).body?.getReader()
    const read = async (): Promise<string> => Buffer.from((await reader?.read())?.value ?? []).toString()
    expect(await within('the state', read())).toContain('state.initial')
    expect(await within('a ping', read())).toBe(': ping\n\n')
    await reader?.cancel()
  })

  it('ends when its credential is revoked or expires', async () => {
    verifies('engine.query-token')
    rig = createRig({ limits: { linkStatsMs: 10 } })
    const revoked = (await rig.call('bert', '/api/engine/watch')).text()
    const expiring = (await rig.call(undefined, '/api/engine/watch?towline.token=brief')).text()
    rig.authority.revoke('crd_bert')
    expect(await within('the end', revoked)).toContain('state.initial')
    rig.clock.now += 300_000
    expect(await within('the end', expiring)).toContain('state.initial')
  })

  it('misses no revocation that comes right after the check, however it falls', async () => {
    verifies('oauth.revoke')
    for (let turns = 0; turns < 16; turns++) {
      rig = createRig()
      revokeAfterCheck(rig, 'crd_anna', turns)
      const response = await rig.call('anna', '/api/engine/watch')
      await within(`an end, with the revocation ${turns} turns after the check,`, response.text())
      await rig.close()
    }
  })
})

describe('engine watch over a real server', () => {
  const open = (served: Served, path: string, token?: string): WebSocket =>
    new WebSocket(
      `ws://127.0.0.1:${served.port}${path}`,
      token ? { headers: { authorization: `Bearer ${token}` } } : {},
    )

  const inboxOf = (socket: WebSocket): Inbox<WatchEvent> => {
    const inbox = new Inbox<WatchEvent>()
    socket.on('message', (data, binary) => {
      if (!binary) inbox.put(JSON.parse(String(data)) as WatchEvent)
    })
    return inbox
  }

  const refusedWith = (socket: WebSocket): Promise<readonly [number | undefined, string]> =>
    within(
      'a refusal',
      new Promise((resolve, reject) => {
        socket.on('open', () => reject(new Error('it was let in')))
        socket.on('error', reject)
        socket.on('unexpected-response', (_request, response) => {
          let body = ''
          response.on('data', (chunk: Buffer) => {
            body += chunk.toString()
          })
          response.on('end', () => resolve([response.statusCode, JSON.parse(body).error.code]))
        })
      }),
    )

  it('refuses sockets without a proof, with two, with a powerful query token, and on other paths', async () => {
    verifies('engine.websocket', 'engine.query-token')
    const served = await serve()
    rig = served
    const path = '/api/engine/watch/ws'
    expect(await refusedWith(open(served, path))).toEqual([401, 'UNAUTHENTICATED'])
    expect(await refusedWith(open(served, path, 'hoster'))).toEqual([403, 'FORBIDDEN'])
    expect(await refusedWith(open(served, `${path}?towline.token=brief`, 'anna'))).toEqual([400, 'PROOF_DUPLICATE'])
    expect(await refusedWith(open(served, `${path}?towline.token=anna`))).toEqual([401, 'QUERY_TOKEN_REFUSED'])
    expect(await refusedWith(open(served, `${path}?x=1`, 'anna'))).toEqual([400, 'REQUEST_INVALID'])
    expect(await refusedWith(open(served, '/api/engine/tunnels', 'anna'))).toEqual([404, 'NOT_FOUND'])
    expect(await refusedWith(open(served, '/api/link'))).toEqual([400, 'REQUEST_INVALID'])
  })

  it('sends the same events over WebSocket, and resumes', async () => {
    verifies('engine.websocket')
    const served = await serve()
    rig = served
    const sse = readEvents(
      await fetch(`http://127.0.0.1:${served.port}/api/engine/watch`, { headers: { authorization: 'Bearer anna' } }),
    )
    const events = inboxOf(open(served, '/api/engine/watch/ws?towline.token=brief'))
    const { id } = await events.until('the state', isFirst)
    await sse.until('the state', isFirst)
    const anna = await rig.linked('anna')
    const web: Tunnel = await anna.open({ kind: 'http', name: 'web' })
    expect(await events.until('web', created('web'))).toMatchObject({ object: web })
    await sse.until('web', created('web'))
    expect(events.all).toEqual(sse.all.slice(0, events.all.length))

    const resumed = inboxOf(open(served, `/api/engine/watch/ws?lastEventId=${id}`, 'anna'))
    await resumed.until('web', created('web'))
    expect(resumed.all.map(({ type }) => type).slice(0, 2)).toEqual(['client.created', 'tunnel.created'])
  })

  it('refuses an Authorization field that came twice', async () => {
    verifies('engine.query-token')
    const served = await serve()
    rig = served
    const headers: [string, string][] = [
      ['authorization', 'Bearer anna'],
      ['authorization', 'Bearer bert'],
    ]
    const response = await fetch(`http://127.0.0.1:${served.port}/api/engine/tunnels`, { headers })
    expect(((await response.json()) as { error: { code: string } }).error.code).toBe('PROOF_DUPLICATE')
  })
})
