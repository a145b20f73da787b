/** Proves asking the engine API: refusals in the server's words, all pages, and watches that take up where they broke off. */
import type { ServerResponse } from 'node:http'
import { AppError, type Limits, LIMITS, type WatchEvent } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { type FakeApi, fakeApi, json, refusal } from '../testing/fake-api.fixture.ts'
import { silence, website } from '../testing/strangers.fixture.ts'
import { CA } from '../testing/certificates.fixture.ts'
import { createInventory, type Inventory } from './inventory.ts'

const QUICK: Limits = { ...LIMITS, linkRetryMinMs: 1, linkRetryMaxMs: 4 }

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close()
})

const served = async (limits = QUICK): Promise<{ api: FakeApi; inventory: Inventory }> => {
  const api = await fakeApi()
  const inventory = createInventory({ ...api.trusted, limits })
  open.push(api, inventory)
  return { api, inventory }
}

const event = (id: number): WatchEvent =>
  ({
    id: String(id),
    type: 'tunnel.created',
    createdAt: 1,
    projectId: 'prj_1',
    object: { name: `t${id}` },
  }) as unknown as WatchEvent

const begin = (response: ServerResponse): ServerResponse => {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  return response
}

const send = (response: ServerResponse, id: number): void =>
  void response.write(`id: ${id}\ndata: ${JSON.stringify(event(id))}\n\n`)

/** The first `count` ids. */
const ids = async (events: AsyncIterable<WatchEvent>, count: number): Promise<string[]> => {
  const seen: string[] = []
  for await (const { id } of events) {
    seen.push(id)
    if (seen.length === count) break
  }
  return seen
}

describe('sdk inventory: refusals', () => {
  it('sdk inventory: rejects with the error of the server', async () => {
    const { api, inventory } = await served()
    api.reply = refusal(new AppError('FORBIDDEN', { permission: 'tunnels.cut' }))
    await expect(inventory.cutTunnel('web')).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { permission: 'tunnels.cut' },
    })
    const stranger = createInventory({ ...api.trusted, token: 'tow_other' })
    open.push(stranger)
    await expect(stranger.listTunnels()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('sdk inventory: sends no token to a server it does not trust', async () => {
    verifies('link.tls-pin')
    const { api } = await served()
    const wary = createInventory({ ...api.trusted, ca: undefined })
    open.push(wary)
    await expect(wary.listTunnels()).rejects.toMatchObject({ code: 'SERVER_UNTRUSTED' })
    expect(api.asked).toEqual([])
  })

  it('sdk inventory: tells another web server, one that says nothing, and one that is away', async () => {
    const [site, quiet] = [await website(), await silence()]
    open.push(site, quiet)
    const ask = (port: number, scheme: string, bounds: Partial<Limits> = {}): Promise<unknown> => {
      const limits = { ...QUICK, apiAnswerMs: 200, ...bounds }
      const inventory = createInventory({ url: `${scheme}://127.0.0.1:${port}`, ca: CA, token: 't', env: {}, limits })
      open.push(inventory)
      return inventory.listTunnels().catch((error: AppError) => [error.code, error.details['problem']])
    }
    expect(await ask(site.port, 'https')).toEqual(['NOT_TOWLINE', 'it answers 200 without saying why'])
    expect(await ask(quiet.port, 'http')).toEqual(['SERVER_UNREACHABLE', 'it did not answer in time'])
    // A frozen server: the system takes the connection for it, and TLS never begins.
    const frozen = ask(quiet.port, 'https', { linkConnectMs: 50, apiAnswerMs: 5_000 })
    expect(await frozen).toEqual(['SERVER_UNREACHABLE', 'it did not answer in time'])
    await quiet.close()
    expect(await ask(quiet.port, 'https')).toEqual(['SERVER_UNREACHABLE', 'nothing listens there'])
  })

  it('sdk inventory: refuses an answer over the bound', async () => {
    const { api, inventory } = await served({ ...QUICK, apiAnswerBytes: 100 })
    api.reply = json({ tunnels: ['x'.repeat(200)] })
    await expect(inventory.listTunnels()).rejects.toMatchObject({ code: 'NOT_TOWLINE' })
  })

  it('sdk inventory: stops when it is told to', async () => {
    const { api, inventory } = await served()
    const told = new AbortController()
    api.reply = () => told.abort(new Error('enough'))
    await expect(inventory.listTunnels({ signal: told.signal })).rejects.toThrow('enough')
  })
})

describe('sdk inventory: calls', () => {
  it('sdk inventory: lists all pages by one filter, over one connection', async () => {
    const { api, inventory } = await served()
    api.reply = (response, asked) => {
      const page =
        asked.query['cursor'] === 'b' ? { tunnels: [{ name: 'two' }] } : { tunnels: [{ name: 'one' }], next: 'b' }
      json(page)(response, asked)
    }
    expect(await inventory.listTunnels({ filter: 'labels.a=*' })).toEqual([{ name: 'one' }, { name: 'two' }])
    expect(api.asked.map(({ query }) => query)).toEqual([
      { filter: 'labels.a=*' },
      { filter: 'labels.a=*', cursor: 'b' },
    ])
    expect(api.connections).toBe(1)
  })

  it('sdk inventory: cuts and mints', async () => {
    const { api, inventory } = await served()
    await inventory.cutTunnel('web', { reason: 'enough' })
    await inventory.cutClient('cli_1')
    await inventory.mintToken({ permissions: ['tunnels.list'], ttlSeconds: 60 })
    expect(api.asked).toEqual([
      { method: 'DELETE', path: '/api/engine/tunnels/web', query: {}, body: { reason: 'enough' } },
      { method: 'DELETE', path: '/api/engine/clients/cli_1', query: {}, body: {} },
      {
        method: 'POST',
        path: '/api/engine/tokens',
        query: {},
        body: { permissions: ['tunnels.list'], ttlSeconds: 60 },
      },
    ])
  })
})

describe('sdk inventory: watching', () => {
  it('sdk inventory: throws what refuses the first connection', async () => {
    const { api, inventory } = await served()
    api.reply = refusal(new AppError('FILTER_INVALID', { problem: 'x', known: 'y' }))
    await expect(inventory.watch({ tunnelFilter: 'x' }).next()).rejects.toMatchObject({ code: 'FILTER_INVALID' })
  })

  it('sdk inventory: resumes after the last event it yielded, through broken connections and a server that is away', async () => {
    const { api, inventory } = await served()
    api.reply = (response, { lastEventId }) => {
      const turn = api.asked.length
      if (turn === 2) return void response.destroy()
      if (turn === 3) return refusal(new AppError('SHUTTING_DOWN'))(response, api.asked[0] as never)
      begin(response)
      send(response, Number(lastEventId ?? 0) + 1)
      send(response, Number(lastEventId ?? 0) + 2)
      response.end()
    }
    expect(await ids(inventory.watch({ tunnelFilter: 'kind=http' }), 4)).toEqual(['1', '2', '3', '4'])
    expect(api.asked.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '2', '2', '2'])
    expect(api.asked[0]?.query).toEqual({ tunnelFilter: 'kind=http' })
  })

  it('sdk inventory: throws when the credential is no longer good', async () => {
    const { api, inventory } = await served()
    api.reply = (response, asked) => {
      if (api.asked.length > 1) return refusal(new AppError('UNAUTHENTICATED'))(response, asked)
      send(begin(response), 1)
      response.end()
    }
    await expect(ids(inventory.watch(), 2)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('sdk inventory: takes a connection that went silent up again', async () => {
    const { api, inventory } = await served({ ...QUICK, watchSilentMs: 250 })
    api.reply = (response, { lastEventId }) => send(begin(response), Number(lastEventId ?? 0) + 1)
    expect(await ids(inventory.watch(), 3)).toEqual(['1', '2', '3'])
  })

  it('sdk inventory: ends without an error when it is told to, and hangs up', async () => {
    const { api, inventory } = await served()
    const told = new AbortController()
    const hungUp = new Promise((done) => {
      api.reply = (response) => {
        response.on('close', done)
        send(begin(response), 1)
      }
    })
    const events = inventory.watch({ signal: told.signal })
    expect((await events.next()).value).toEqual(event(1))
    const end = events.next()
    told.abort()
    expect(await end).toEqual({ done: true, value: undefined })
    await hungUp
  })

  it('sdk inventory: hangs up when the loop is left', async () => {
    const { api, inventory } = await served()
    const hungUp = new Promise((done) => {
      api.reply = (response) => {
        response.on('close', done)
        send(begin(response), 1)
      }
    })
    expect(await ids(inventory.watch(), 1)).toEqual(['1'])
    await hungUp
  })

  it('sdk inventory: watches over a WebSocket, and resumes', async () => {
    const { api, inventory } = await served()
    api.onSocket = (webSocket, { query }) => {
      const from = Number(query['lastEventId'] ?? 0)
      for (const id of [from + 1, from + 2]) webSocket.send(JSON.stringify(event(id)))
      webSocket.close(1001)
    }
    expect(await ids(inventory.watchSocket({ clientFilter: 'os=linux' }), 4)).toEqual(['1', '2', '3', '4'])
    expect(api.asked.map(({ path, query }) => [path, query])).toEqual([
      ['/api/engine/watch/ws', { clientFilter: 'os=linux' }],
      ['/api/engine/watch/ws', { clientFilter: 'os=linux', lastEventId: '2' }],
    ])
  })

  it('sdk inventory: ends a watch over a WebSocket when it is told to', async () => {
    const { api, inventory } = await served()
    const told = new AbortController()
    api.onSocket = (webSocket) => webSocket.send(JSON.stringify(event(1)))
    const events = inventory.watchSocket({ signal: told.signal })
    await events.next()
    const end = events.next()
    told.abort()
    expect(await end).toEqual({ done: true, value: undefined })
  })
})
