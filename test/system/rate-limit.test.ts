/** Proves how often the APIs answer: by credential, by address where nobody is known, and in which words they refuse more. */
import { type Answer, openSystem, openWire, type System, verifies, visit } from '@towline/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

const BURST = 5
const STRANGERS = 3
const LIMITS = {
  ...{ apiRequestsPerSecond: 2, apiRequestsBurst: BURST },
  ...{ anonymousRequestsPerSecond: 1, anonymousRequestsBurst: STRANGERS, signInsPerMinute: 3 },
}

interface Ask {
  readonly token?: string
  /** As a proxy on this machine tells it. */
  readonly from?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

let system: System
const clock = { ms: Date.now() }
beforeAll(async () => {
  system = await openSystem({ limits: LIMITS, clock: () => clock.ms, site: { api: { domain: 'localhost' } } })
})
afterAll(() => system?.close())
beforeEach(() => void (clock.ms += 60_000))

const ask = (path: string, { token, from = '192.0.2.1', headers, body }: Ask): Promise<Answer> =>
  visit({
    to: `localhost:${system.port}`,
    path,
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-forwarded-for': from, ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
    ...(body !== undefined && { body }),
  })
const statuses = async (count: number, act: () => Promise<Answer>): Promise<number[]> => {
  const told = []
  for (let n = 0; n < count; n++) told.push((await act()).status)
  return told
}
const rpc = (calls: number, ask: Ask = {}): Ask => {
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'towline_login_explain', arguments: {} } }
  const accept = 'application/json, text/event-stream'
  const body = JSON.stringify(calls === 1 ? call : Array.from({ length: calls }, () => call))
  return { ...ask, body, headers: { 'content-type': 'application/json', accept } }
}

/** By API: what it answers a good credential and nobody with, and the words in which it refuses more. */
const APIS = [
  ['control API', '/api/projects', 401, 'application/problem+json', ({ code }: Told) => code],
  ['engine API', '/api/engine/tunnels', 401, 'application/json', ({ error }: Told) => error?.code],
] as const

interface Told {
  readonly code?: string
  readonly next?: string
  readonly error?: { readonly code?: string; readonly data?: { readonly code: string } }
}

describe.each(APIS)('the %s', (_name, path, unknown, type, codeOf) => {
  it('answers a credential so often, then refuses with when to come back, and answers others meanwhile', async () => {
    verifies('api.problem')
    const { token } = system
    const mine = () => ask(path, { token })
    expect(await statuses(BURST, mine)).toEqual(Array(BURST).fill(200))
    const refused = await mine()
    expect([refused.status, refused.headers['retry-after'], refused.headers['content-type']]).toEqual([429, '1', type])
    expect(codeOf(JSON.parse(refused.body) as Told)).toBe('RATE_LIMITED')
    const other = await system.otherToken()
    expect((await ask(path, { token: other })).status, 'from the same address').toBe(200)
    clock.ms += 1_000
    expect(await statuses(3, mine)).toEqual([200, 200, 429])
  })

  it('answers who shows nothing good by address, and a good credential from there all the same', async () => {
    const from = '198.51.100.7'
    const bad = `tow_${'0'.repeat(22)}_${'0'.repeat(43)}`
    expect((await ask(path, { from })).status).toBe(unknown)
    expect((await ask(path, { from, token: bad })).status).toBe(unknown)
    expect((await ask(path, { from, token: 'x'.repeat(43) })).status).toBe(unknown)
    const refused = await ask(path, { from, token: bad })
    expect([refused.status, refused.headers['retry-after'], codeOf(JSON.parse(refused.body) as Told)]).toEqual([
      429,
      '1',
      'RATE_LIMITED',
    ])
    expect((await ask(path, { from: '198.51.100.8' })).status, 'another address').toBe(unknown)
    expect((await ask(path, { from, token: system.token })).status).toBe(200)
  })

  it('counts documents and what is not there, too', async () => {
    const base = path.replace(/\/\w+$/, '')
    const asked = ['openapi.json', 'nothing-here', 'openapi.json', 'openapi.json']
    const told = []
    for (const name of asked) told.push((await ask(`${base}/${name}`, { from: '203.0.113.5' })).status)
    expect(told.at(-1)).toBe(429)
    expect(told.slice(0, 3)).toEqual([200, expect.any(Number), 200])
  })

  it('believes nobody who writes an address of its own', async () => {
    const spoof = (n: number) => ask(path, { from: '203.0.113.9', headers: { 'x-towline-address': `192.0.2.${n}` } })
    const told = []
    for (let n = 0; n <= STRANGERS; n++) told.push((await spoof(n)).status)
    expect(told).toEqual([...Array(STRANGERS).fill(unknown), 429])
  })
})

it('the engine API refuses an upgrade that comes too often', async () => {
  const upgrade = async (): Promise<string> => {
    const wire = await openWire(system.port)
    const lines = ['GET /api/engine/watch/ws HTTP/1.1', `Host: localhost:${system.port}`, 'Connection: Upgrade']
    lines.push('Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')
    wire.socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    await wire.over()
    return wire.text()
  }
  for (let n = 0; n < STRANGERS; n++) expect(await upgrade()).toMatch(/^HTTP\/1\.1 401 /)
  expect(await upgrade()).toMatch(/^HTTP\/1\.1 429 [^]*\r\nretry-after: 1\r\n[^]*RATE_LIMITED/)
})

describe('the hosted MCP endpoint', () => {
  it('answers who shows no token by address, and refuses more as JSON-RPC', async () => {
    verifies('hosted-mcp.public')
    const from = '203.0.113.20'
    expect(await statuses(STRANGERS, () => ask('/api/mcp', rpc(1, { from })))).toEqual(Array(STRANGERS).fill(200))
    const refused = await ask('/api/mcp', rpc(1, { from }))
    const { error } = JSON.parse(refused.body) as Told
    expect([refused.status, refused.headers['retry-after'], error?.data?.code]).toEqual([429, '1', 'RATE_LIMITED'])
    expect((await ask('/api/mcp', rpc(1, { from: '203.0.113.21' }))).status).toBe(200)
    expect((await ask('/api/mcp', rpc(1, { from, token: system.token }))).status).toBe(200)
  })

  it('counts every call of a batch, and every address as it is, whatever a request says', async () => {
    const from = '203.0.113.30'
    await ask('/api/mcp', rpc(STRANGERS, { from }))
    const { headers = {}, ...asked } = rpc(1, { from })
    const spoofed = { ...asked, headers: { ...headers, 'x-towline-address': '192.0.2.99' } }
    expect((await ask('/api/mcp', spoofed)).status).toBe(429)
  })

  it('answers a credential as often as the control API does, both together', async () => {
    const token = await system.otherToken()
    expect((await ask('/api/mcp', rpc(1, { token }))).status).toBe(200)
    expect(await statuses(BURST, () => ask('/api/projects', { token }))).toEqual([...Array(BURST - 1).fill(200), 429])
    expect((await ask('/api/mcp', rpc(1, { token }))).status).toBe(429)
  })
})

it('signing in is counted by where a form comes from, not by what it says', async () => {
  verifies('account.signin')
  const guess = (n: number) =>
    ask('/sign-in', {
      from: '203.0.113.40',
      body: `email=${n}@example.test&password=wrong-horse-battery`,
      headers: {
        origin: system.site.publicUrl,
        'content-type': 'application/x-www-form-urlencoded',
        'x-towline-address': `192.0.2.${n}`,
      },
    })
  const told = []
  for (let n = 0; n <= LIMITS.signInsPerMinute; n++) told.push((await guess(n)).status)
  expect(told).toEqual([401, 401, 401, 429])
})
