import { RESET } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { get, ok, openEdge, post } from './edge.fixture.ts'

describe('edge connection: services that fail', () => {
  it.each([
    [RESET.upstreamRefused, 502, 'UPSTREAM_REFUSED'],
    [RESET.upstreamTimeout, 504, 'UPSTREAM_TIMEOUT'],
    [RESET.upstreamReset, 502, 'UPSTREAM_RESET'],
    [RESET.tunnelUnknown, 404, 'TUNNEL_UNKNOWN'],
    [RESET.busy, 503, 'BUSY'],
    [RESET.protocol, 502, 'UPSTREAM_RESET'],
    [RESET.forbidden, 502, 'UPSTREAM_RESET'],
  ])('edge connection: a reset with code %i before an answer is a page %i %s', async (reset, status, code) => {
    verifies('tunnel.forward.target')
    const { tunnel, visit, logged } = openEdge()
    const visitor = visit(get())
    ;(await tunnel.stream()).channel.reset(reset)
    const page = await visitor.until('"}\n')
    expect(page).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    const told = JSON.parse(page.slice(page.indexOf('\r\n\r\n'))) as { error: { code: string }; requestId: string }
    expect(told.error.code).toBe(code)
    expect(logged.map((line) => line.fields['requestId'])).toEqual([told.requestId])
    expect(tunnel.counts).toEqual({ began: 1, answered: 0, ended: 1 })
    visitor.send(get('/again'))
    ;(await tunnel.stream(1)).send(ok('up'))
    expect(await visitor.until('up')).toBe(ok('up'))
  })

  it.each([
    ['Content-Length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    ['a list of lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n'],
    ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n'],
    ['chunks on HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a folded field', 'HTTP/1.1 200 OK\r\nA: 1\r\n 2\r\n\r\n'],
    ['a bare LF', 'HTTP/1.1 200 OK\nA: 1\r\n\r\n'],
    ['NUL', 'HTTP/1.1 200 OK\r\nA: \u0000\r\n\r\n'],
    ['no status line', 'SSH-2.0-OpenSSH_9.2p1\r\n'],
    ['HTTP/2', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\nA: 1\r\n\r\n'],
    [
      'Connection that nominates Content-Length',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: content-length\r\n\r\n',
    ],
  ])('edge connection: shows 502 for an answer with %s', async (_name, answer) => {
    verifies('tunnel.http.smuggling')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get())
    const service = await tunnel.stream()
    service.send(answer)
    const page = await visitor.until('"}\n')
    expect(page).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n[^]*"code":"UPSTREAM_INVALID"/)
    await service.when(() => typeof service.state === 'number', 'the reset of the stream')
  })

  it('edge connection: shows 502 for an answer head over the limit', async () => {
    const { tunnel, visit } = openEdge({ limits: { responseHeadBytes: 1024 } })
    const visitor = visit(get())
    ;(await tunnel.stream()).send(`HTTP/1.1 200 OK\r\nA: ${'a'.repeat(2000)}`)
    expect(await visitor.until('\r\n')).toBe('HTTP/1.1 502 Bad Gateway\r\n')
  })

  it.each([
    ['cut short', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab', (): undefined => undefined],
    ['reset', 'HTTP/1.1 200 OK\r\n\r\nab', (): number => RESET.upstreamReset],
    ['with a broken chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n', (): string => 'zz\r\n'],
  ])('edge connection: resets the visitor when an answer is %s', async (_name, answer, how) => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(get())
    const service = await tunnel.stream()
    service.send(answer)
    await visitor.until('ab')
    const end = how()
    if (typeof end === 'string') service.send(end)
    else if (end === undefined) service.channel.end()
    else service.channel.reset(end)
    await visitor.when(() => typeof visitor.state === 'number', 'the reset of the visitor')
    expect(tunnel.counts).toEqual({ began: 1, answered: 1, ended: 1 })
  })

  it('edge connection: keeps the visitor when the service ends the stream between requests', async () => {
    verifies('tunnel.http.full')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/1'))
    const first = await tunnel.stream()
    first.send(ok('one', 'Connection: close\r\n'))
    first.channel.end()
    expect(await visitor.until('one')).toBe(ok('one'))
    visitor.send(get('/2'))
    ;(await tunnel.stream(1)).send(ok('two'))
    expect(await visitor.until('two')).toBe(ok('two'))
  })

  it('edge connection: sends an idempotent request again when a reused stream dies before it answers', async () => {
    verifies('tunnel.http.full')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/1'))
    const first = await tunnel.stream()
    first.send(ok('one'))
    await visitor.until('one')
    visitor.send(get('/2') + get('/3'))
    await first.until('/3')
    first.channel.reset(RESET.upstreamReset)
    const second = await tunnel.stream(1)
    await second.until('/3')
    second.send(ok('two') + ok('three'))
    expect(await visitor.until('three')).toBe(ok('two') + ok('three'))
    expect(tunnel.counts).toEqual({ began: 5, answered: 3, ended: 5 })
  })

  it('edge connection: sends a request again only once', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/1'))
    const first = await tunnel.stream()
    first.send(ok('one'))
    await visitor.until('one')
    visitor.send(get('/2'))
    await first.until('/2')
    first.channel.reset(RESET.upstreamReset)
    ;(await tunnel.stream(1)).channel.reset(RESET.upstreamReset)
    expect(await visitor.until('\r\n')).toBe('HTTP/1.1 502 Bad Gateway\r\n')
    expect(tunnel.streams.length).toBe(2)
  })

  it.each([
    ['a body', post('x')],
    ['POST without a body', post('')],
    ['PATCH', get('/2').replace('GET', 'PATCH')],
  ])('edge connection: never sends %s again', async (_name, request) => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/1'))
    const first = await tunnel.stream()
    await first.until('\r\n\r\n')
    first.send(ok('one'))
    await visitor.until('one')
    visitor.send(request)
    await first.until('\r\n\r\n')
    first.channel.reset(RESET.upstreamReset)
    expect(await visitor.until('\r\n')).toBe('HTTP/1.1 502 Bad Gateway\r\n')
    expect(tunnel.streams.length).toBe(1)
  })

  it('edge connection: never sends a request on a fresh stream again', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(get())
    ;(await tunnel.stream()).channel.end()
    expect(await visitor.until('\r\n')).toBe('HTTP/1.1 502 Bad Gateway\r\n')
    expect(tunnel.streams.length).toBe(1)
  })

  it('edge connection: never sends a request again once a byte of its answer came', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/1'))
    const first = await tunnel.stream()
    first.send(ok('one'))
    await visitor.until('one')
    visitor.send(get('/2'))
    await first.until('/2')
    first.send('HTTP/1.1 2')
    first.channel.end()
    expect(await visitor.until('\r\n')).toBe('HTTP/1.1 502 Bad Gateway\r\n')
    expect(tunnel.streams.length).toBe(1)
  })

  it('edge connection: resets the stream when the visitor goes away', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(get())
    const service = await tunnel.stream()
    visitor.channel.reset()
    await service.when(() => typeof service.state === 'number', 'the reset of the stream')
    expect(tunnel.counts).toEqual({ began: 1, answered: 0, ended: 1 })
  })

  it('edge connection: gives up when the visitor ends in the middle of its body', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit('POST / HTTP/1.1\r\nHost: web.dev.localhost\r\nContent-Length: 9\r\n\r\nabc')
    const service = await tunnel.stream()
    visitor.channel.end()
    await service.when(() => typeof service.state === 'number', 'the reset of the stream')
  })

  it('edge connection: answers 400 to a broken chunk and resets the stream', async () => {
    verifies('tunnel.http.smuggling')
    const { tunnel, visit } = openEdge()
    const visitor = visit('POST / HTTP/1.1\r\nHost: web.dev.localhost\r\nTransfer-Encoding: chunked\r\n\r\n')
    const service = await tunnel.stream()
    await service.until('\r\n\r\n')
    visitor.send('5\r\nhelloGET /smuggled HTTP/1.1\r\n\r\n')
    expect(await visitor.rest()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    await service.when(() => typeof service.state === 'number', 'the reset of the stream')
    expect(service.received).not.toContain('smuggled')
  })
})
