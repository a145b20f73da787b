/** Proves MCP over HTTP: both eras, questions by sessions, bounds, and what strangers send. */
import { connect } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { acceptedContent, inputRequired, type McpServerFactory, McpServer } from '@modelcontextprotocol/server'
import { silentLog } from '@towline/base'
import { LIMITS, type Limits } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { HttpSessions } from './http-sessions.ts'
import { httpService } from './http-service.ts'
import { MCP_PATH, serveHttp } from './serve-http.ts'

const form = inputRequired.elicit({
  message: 'Sure?',
  requestedSchema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] },
})

const factory: McpServerFactory = ({ era }) => {
  const server = new McpServer({ name: 'judged', version: '1' }, { capabilities: { tools: {} } })
  server.registerTool('era', { inputSchema: z.object({}) }, () => ({ content: [{ type: 'text', text: era }] }))
  server.registerTool('sure', { inputSchema: z.object({}) }, async (_args, { mcpReq }) => {
    const asked = era === 'modern' ? acceptedContent<{ ok: boolean }>(mcpReq.inputResponses, 'ok') : undefined
    if (era === 'modern' && !asked) return inputRequired({ inputRequests: { ok: form } })
    const ask = { method: 'elicitation/create' as const, params: { ...form.params } }
    const said = asked ?? ((await mcpReq.send(ask)) as { content?: unknown }).content
    return { content: [{ type: 'text', text: JSON.stringify(said) }] }
  })
  return server
}

const open = (limits: Limits = LIMITS, hosts: readonly string[] = ['web.test']) =>
  serveHttp({ factory, limits, log: silentLog(), hosts: () => hosts })

let endpoint = open()
afterEach(async () => {
  vi.useRealTimers()
  await endpoint.close()
  endpoint = open()
})

const URL_ = `https://web.test${MCP_PATH}`
const JSON_ = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', host: 'web.test' }
const post = (body: unknown, headers: Record<string, string> = {}, url = URL_) =>
  endpoint.fetch(
    new Request(url, {
      method: 'POST',
      headers: { ...JSON_, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify({ jsonrpc: '2.0', ...(body as object) }),
    }),
  )

/** Messages of an answer, as events or JSON. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into it
const messages = async (response: Response): Promise<any[]> => {
  const text = await response.text()
  if (!response.headers.get('content-type')?.includes('event-stream')) return text === '' ? [] : [JSON.parse(text)]
  return [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, data]) => JSON.parse(data as string))
}

const initialize = (id = 0, elicitation = {}) => ({
  id,
  method: 'initialize',
  params: {
    ...{ protocolVersion: '2025-06-18', clientInfo: { name: 'judge', version: '1' } },
    capabilities: { elicitation },
  },
})
const begin = async (): Promise<string> => {
  const response = await post(initialize())
  await response.text()
  const id = response.headers.get('mcp-session-id') ?? ''
  await post({ method: 'notifications/initialized' }, { 'mcp-session-id': id })
  return id
}
const call = (name: string, id = 1) => ({ id, method: 'tools/call', params: { name, arguments: {} } })

const MODERN = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
  'io.modelcontextprotocol/clientInfo': { name: 'judge', version: '1' },
}
const modern = (name: string, more = {}) =>
  post(
    { id: 1, method: 'tools/call', params: { name, arguments: {}, _meta: MODERN, ...more } },
    { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': name },
  )

describe('mcp http', () => {
  it('mcp http: serves both eras, the older one with a session or without', async () => {
    verifies('mcp.publish')
    expect((await messages(await modern('era')))[0].result.content[0].text).toBe('modern')
    const session = await begin()
    expect((await messages(await post(call('era'), { 'mcp-session-id': session })))[0].result.content[0].text).toBe(
      'legacy',
    )
    expect((await messages(await post(call('era'))))[0].result.content[0].text).toBe('legacy')
  })

  it('mcp http: a question finds its way back, in both eras', async () => {
    verifies('mcp.publish')
    const [asked] = await messages(await modern('sure'))
    expect(asked.result).toMatchObject({ resultType: 'input_required' })
    const inputResponses = { ok: { action: 'accept', content: { ok: true } } }
    expect((await messages(await modern('sure', { inputResponses })))[0].result.content[0].text).toBe('{"ok":true}')

    const session = { 'mcp-session-id': await begin() }
    const answer = await post(call('sure'), session)
    const reader = (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream() as never).getReader()
    let said = ''
    const until = async (pattern: RegExp): Promise<RegExpMatchArray> => {
      for (;;) {
        const found = pattern.exec(said)
        if (found) return found
        const { done, value } = (await reader.read()) as { done: boolean; value?: string }
        if (done) throw new Error(`it ended: ${said}`)
        said += value
      }
    }
    const [, question = ''] = await until(/data: (\{.*elicitation\/create.*\})\n/)
    const { id } = JSON.parse(question) as { id: number }
    expect((await post({ id, result: { action: 'accept', content: { ok: false } } }, session)).status).toBe(202)
    await until(/\\"ok\\":false/)
  })

  it.each<readonly [why: string, status: number, send: () => Promise<Response>]>([
    ['another host', 403, () => post(initialize(), { host: 'evil.test' })],
    ['a page of another origin', 403, () => post(initialize(), { origin: 'https://evil.test' })],
    ['an origin that is none', 403, () => post(initialize(), { origin: 'null' })],
    ['another path', 404, () => post(initialize(), {}, 'https://web.test/other')],
    ['a form', 415, () => post('a=b', { 'content-type': 'application/x-www-form-urlencoded' })],
    ['text that says it is text', 415, () => post(initialize(), { 'content-type': 'text/plain' })],
    ['no JSON', 400, () => post('{')],
    ['nothing', 400, () => post('')],
    ['a body that is too large', 413, () => post(`"${'x'.repeat(LIMITS.mcpHttpBodyBytes)}"`)],
    ['an unknown session', 404, () => post(call('era'), { 'mcp-session-id': 'x' })],
    ['a session that is a name of an object', 404, () => post(call('era'), { 'mcp-session-id': '__proto__' })],
    ['a stream without a session', 405, () => endpoint.fetch(new Request(URL_, { headers: JSON_ }))],
    ['another method', 405, () => endpoint.fetch(new Request(URL_, { method: 'PUT', headers: JSON_, body: '{}' }))],
  ])('mcp http: refuses %s', async (_why, status, send) => {
    verifies('mcp.publish')
    const response = await send()
    expect(response.status).toBe(status)
    expect((await messages(response))[0]).toMatchObject({ jsonrpc: '2.0', error: { message: expect.any(String) } })
  })

  it('mcp http: outlives JSON that nests without end, and numbers that are none', async () => {
    const deep = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"era","arguments":${'['.repeat(4e5)}${']'.repeat(4e5)}}}`
    expect((await post(deep)).status).toBeGreaterThanOrEqual(200)
    expect((await post('{"jsonrpc":"2.0","id":1e400,"method":"ping"}')).status).toBeGreaterThanOrEqual(200)
    expect((await messages(await modern('era')))[0].result.content[0].text).toBe('modern')
  })

  it('mcp http: gives up on a body that does not come', async () => {
    endpoint = open({ ...LIMITS, mcpHttpBodyMs: 1 })
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([123])) })
    const request = new Request(URL_, { method: 'POST', headers: JSON_, body, duplex: 'half' } as RequestInit)
    expect((await endpoint.fetch(request)).status).toBe(408)
  })
})

describe('mcp http, sessions', () => {
  const limits = { ...LIMITS, mcpHttpSessions: 2, mcpHttpIdleSeconds: 60 }
  const sessionsOf = () => new HttpSessions({ factory, limits, log: silentLog() })
  const start = async (sessions: HttpSessions): Promise<string> => {
    const body = { jsonrpc: '2.0', ...initialize() }
    const request = new Request(URL_, { method: 'POST', headers: JSON_, body: JSON.stringify(body) })
    const response = await sessions.fetch(request, body)
    await response.text()
    return response.headers.get('mcp-session-id') ?? ''
  }
  const listen = (sessions: HttpSessions, id: string) =>
    sessions.fetch(new Request(URL_, { headers: { ...JSON_, 'mcp-session-id': id } }), undefined)

  it('mcp sessions: a new one ends the one that nobody used longest, but none that is in use', async () => {
    verifies('mcp.publish')
    const sessions = sessionsOf()
    const [first, second] = [await start(sessions), await start(sessions)]
    const stream = await listen(sessions, first)
    expect(stream.status).toBe(200)
    const third = await start(sessions)
    expect([sessions.size, (await listen(sessions, second)).status]).toEqual([2, 404])
    const other = await listen(sessions, third)
    expect(await start(sessions)).toBe('')
    await other.body?.cancel()
    expect(await start(sessions)).not.toBe('')
    expect((await listen(sessions, third)).status).toBe(404)
    await stream.body?.cancel()
    await sessions.close()
  })

  it('mcp sessions: end when nobody used them that long, when the client says so, and with the endpoint', async () => {
    verifies('mcp.publish')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const sessions = sessionsOf()
    const id = await start(sessions)
    const stream = await listen(sessions, id)
    await vi.advanceTimersByTimeAsync(120_000)
    expect(sessions.size).toBe(1)
    await stream.body?.cancel()
    await vi.advanceTimersByTimeAsync(59_000)
    expect(sessions.size).toBe(1)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(sessions.size).toBe(0)
    const ended = await start(sessions)
    const bye = new Request(URL_, { method: 'DELETE', headers: { ...JSON_, 'mcp-session-id': ended } })
    expect((await sessions.fetch(bye, undefined)).status).toBe(200)
    expect(sessions.size).toBe(0)
    await start(sessions)
    await sessions.close()
    expect(sessions.size).toBe(0)
    expect((await listen(sessions, ended)).status).toBe(503)
  })
})

it('mcp http: bytes that are no HTTP end their connection, and no other', async () => {
  const { server, close } = httpService(open(LIMITS, ['localhost']))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  for (const bytes of [
    '\0\x01\x02 nonsense\r\n\r\n',
    'GET /mcp HTTP/1.1\r\n\r\n',
    'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ]) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.resume()
    socket.end(bytes)
    await once(socket, 'close')
  }
  const answer = await fetch(`http://localhost:${port}/mcp`)
  expect(answer.status).toBe(405)
  await close()
})
