import { AppError, RESET } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { FakeTunnel, get, ok, openEdge } from './edge.fixture.ts'

const post = (body: string, fields = ''): string =>
  `POST / HTTP/1.1\r\nHost: web.dev.localhost\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`

describe('edge connection: answers', () => {
  it('edge connection: carries a request and its answer, and the next one on the same stream', async () => {
    verifies('tunnel.http.full')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/a'))
    const service = await tunnel.stream()
    expect(await service.until('\r\n\r\n')).toMatch(
      /^GET \/a HTTP\/1\.1\r\nHost: web\.dev\.localhost\r\nX-Forwarded-For: 192\.0\.2\.7\r\n/,
    )
    service.send(ok('one'))
    expect(await visitor.until('one')).toBe(ok('one'))
    visitor.send(get('/b'))
    await service.until('\r\n\r\n')
    service.send(ok('two'))
    expect(await visitor.until('two')).toBe(ok('two'))
    expect(tunnel.streams.length).toBe(1)
    expect(tunnel.counts).toEqual({ began: 2, answered: 2, ended: 2 })
    expect(tunnel.callers).toEqual([{ from: '192.0.2.7:4711', requestId: expect.stringMatching(/^req_[0-9a-v]{16}$/) }])
  })

  it('edge connection: passes the same bytes wherever request and answer are cut', async () => {
    verifies('tunnel.http.full')
    const request = `POST /x HTTP/1.1\r\nHost: web.dev.localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;a\r\nhello\r\n0\r\nX-T: 1\r\n\r\n`
    const answer = `HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-S: 2\r\n\r\n`
    const told = answer.replace('Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n', '')
    for (let cut = 1; cut < Math.max(request.length, answer.length); cut++) {
      const { tunnel, visit, edge } = openEdge()
      const visitor = visit(request.slice(0, cut))
      visitor.send(request.slice(cut))
      const service = await tunnel.stream()
      const seen = await service.until('X-T: 1\r\n\r\n')
      expect(seen.slice(seen.indexOf('\r\n\r\n') + 4)).toBe('5;a\r\nhello\r\n0\r\nX-T: 1\r\n\r\n')
      service.send(answer.slice(0, cut))
      service.send(answer.slice(cut))
      expect(await visitor.until('X-S: 2\r\n\r\n')).toBe(told)
      edge.close()
    }
  })

  it('edge connection: passes pieces of an answer on as they come', async () => {
    verifies('tunnel.http.streaming')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/events'))
    const service = await tunnel.stream()
    service.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n')
    await visitor.until('\r\n\r\n')
    service.send('data: 1\n\n')
    expect(await visitor.until('\n\n')).toBe('data: 1\n\n')
    service.send('data: 2\n\n')
    expect(await visitor.until('\n\n')).toBe('data: 2\n\n')
    service.channel.end()
    expect(await visitor.rest()).toBe('')
    expect(visitor.hasEnded).toBe(true)
  })

  it('edge connection: says that an answer without a length ends with the connection', async () => {
    verifies('tunnel.http.full')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get())
    ;(await tunnel.stream()).send('HTTP/1.0 200 OK\r\nServer: old\r\n\r\nbody')
    expect(await visitor.until('body')).toBe('HTTP/1.1 200 OK\r\nServer: old\r\nConnection: close\r\n\r\nbody')
  })

  it.each([
    ['HEAD', '200 OK\r\nContent-Length: 5'],
    ['GET', '204 No Content'],
    ['GET', '304 Not Modified\r\nContent-Length: 5'],
  ])('edge connection: expects no body after %s %s', async (method, answer) => {
    verifies('tunnel.http.full')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get().replace('GET', method))
    const service = await tunnel.stream()
    service.send(`HTTP/1.1 ${answer}\r\n\r\n`)
    await visitor.until('\r\n\r\n')
    visitor.send(get('/next'))
    await service.until('/next')
    service.send(ok('next'))
    expect(await visitor.until('next')).toBe(ok('next'))
  })

  it('edge connection: passes interim answers on, and the body after 100', async () => {
    verifies('tunnel.http.full')
    const { tunnel, visit } = openEdge()
    const visitor = visit(
      'POST / HTTP/1.1\r\nHost: web.dev.localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n',
    )
    const service = await tunnel.stream()
    expect(await service.until('\r\n\r\n')).toContain('Expect: 100-continue\r\n')
    service.send('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n')
    await visitor.until('100 Continue\r\n\r\n')
    visitor.send('body')
    await service.until('body')
    service.send(ok('done'))
    expect(await visitor.until('done')).toBe(ok('done'))
  })

  it('edge connection: closes when the answer comes and the body that was asked for with 100 does not', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(
      'POST / HTTP/1.1\r\nHost: web.dev.localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n',
    )
    ;(await tunnel.stream()).send('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n')
    expect(await visitor.rest()).toBe('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  })

  it('edge connection: tells an HTTP/1.0 visitor no interim answer and closes', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit('GET / HTTP/1.0\r\nHost: web.dev.localhost\r\n\r\n')
    const service = await tunnel.stream()
    expect(await service.until('\r\n\r\n')).toMatch(/^GET \/ HTTP\/1\.0\r\n/)
    service.send(`HTTP/1.1 100 Continue\r\n\r\n${ok('x')}`)
    expect(await visitor.rest()).toBe(ok('x', 'Connection: close\r\n'))
  })

  it('edge connection: closes after the answer to Connection: close and reads no request behind it', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/a', 'Connection: close\r\n') + get('/smuggled'))
    const service = await tunnel.stream()
    service.send(ok('x'))
    expect(await visitor.rest()).toBe(ok('x', 'Connection: close\r\n'))
    expect(service.received).not.toContain('smuggled')
    await service.when(() => service.hasEnded, 'the end of the stream')
  })

  it('edge connection: lets a visitor that has sent its last byte read its answer', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(get())
    visitor.channel.end()
    const service = await tunnel.stream()
    await service.when(() => service.hasEnded, 'the end of the requests')
    service.send(ok('x'))
    expect(await visitor.rest()).toBe(ok('x'))
    await visitor.when(() => visitor.state === 'closed', 'the close')
  })
})

describe('edge connection: pipelining', () => {
  it('edge connection: answers pipelined requests in order', async () => {
    verifies('tunnel.http.full')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/1') + post('body') + get('/3'))
    const service = await tunnel.stream()
    await service.until('/3')
    service.send(ok('one') + ok('two') + ok('three'))
    expect(await visitor.until('three')).toBe(ok('one') + ok('two') + ok('three'))
    expect(tunnel.streams.length).toBe(1)
  })

  it('edge connection: sends a pipelined request for another tunnel only after the answers before it', async () => {
    verifies('edge.order')
    const { tunnel, tunnels, visit } = openEdge()
    const other = new FakeTunnel({ id: 'tun_b' })
    tunnels.set('api.dev.localhost', other)
    const visitor = visit(get('/1') + get('/2').replace('web.', 'api.'))
    const service = await tunnel.stream()
    await service.until('/1')
    expect(other.streams.length).toBe(0)
    service.send(ok('one'))
    const next = await other.stream()
    expect(await next.until('\r\n\r\n')).toContain('X-Forwarded-Host: api.dev.localhost\r\n')
    next.send(ok('two'))
    expect(await visitor.until('two')).toBe(ok('one') + ok('two'))
  })

  it('edge connection: shows a page for a pipelined request only after the answers before it', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(`${get('/1')}GET / HTTP/1.1\r\n\r\n`)
    const service = await tunnel.stream()
    await service.until('/1')
    service.send(ok('one'))
    expect(await visitor.rest()).toMatch(/^HTTP\/1\.1 200 OK[^]*oneHTTP\/1\.1 400 Bad Request/)
  })

  it('edge connection: reads no more pipelined requests than the limit before an answer', async () => {
    const { tunnel, visit } = openEdge({ limits: { pipelinedRequests: 2 } })
    const visitor = visit(get('/1') + get('/2') + get('/3'))
    const service = await tunnel.stream()
    await service.until('/2')
    service.send(ok('one'))
    await visitor.until('one')
    expect(service.received).not.toContain('/3')
    service.send(ok('two'))
    await service.until('/3')
    service.send(ok('three'))
    await visitor.until('three')
  })

  it('edge connection: never takes bytes nobody asked for as the next answer', async () => {
    verifies('tunnel.http.smuggling')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/1'))
    const service = await tunnel.stream()
    service.send(ok('one') + ok('injected'))
    await visitor.until('one')
    await service.when(() => service.state !== 'open', 'the reset of the stream')
    visitor.send(get('/2'))
    const next = await tunnel.stream(1)
    next.send(ok('two'))
    expect(await visitor.until('two')).toBe(ok('two'))
  })
})

describe('edge connection: upgrades', () => {
  const upgrade = (more = ''): string => get('/ws', `Connection: Upgrade\r\nUpgrade: websocket\r\n${more}`)
  const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

  it('edge connection: becomes raw bytes both ways after 101', async () => {
    verifies('tunnel.http.websocket')
    const { tunnel, visit } = openEdge()
    const visitor = visit(`${upgrade()}early`)
    const service = await tunnel.stream()
    expect(await service.until('\r\n\r\n')).toMatch(/Upgrade: websocket\r\n[^]*Connection: upgrade\r\n\r\n$/)
    expect(service.received).toBe('')
    service.send(`${switching}\u0081\u0001x`)
    expect(await visitor.until('\u0081\u0001x')).toBe(`${switching}\u0081\u0001x`)
    await service.until('early')
    visitor.send(`${get('/not-parsed')}\u0000`)
    expect(await service.until('\u0000')).toBe(`${get('/not-parsed')}\u0000`)
    visitor.channel.end()
    await service.when(() => service.hasEnded, 'the half-close')
    service.send('bye')
    service.channel.end()
    expect(await visitor.rest()).toBe('bye')
    expect(tunnel.counts).toEqual({ began: 1, answered: 1, ended: 1 })
  })

  it('edge connection: keeps to HTTP when the service refuses the upgrade (CVE-2026-58055)', async () => {
    verifies('tunnel.http.websocket', 'tunnel.http.smuggling')
    const { tunnel, visit } = openEdge()
    const visitor = visit(upgrade() + get('/after', 'X-Forwarded-For: 6.6.6.6\r\n'))
    const service = await tunnel.stream()
    await service.until('\r\n\r\n')
    expect(service.received).toBe('')
    service.send(
      'HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n',
    )
    expect(await visitor.until('\r\n\r\n')).toBe(
      'HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n',
    )
    const after = await service.until('\r\n\r\n')
    expect(after).toContain('GET /after')
    expect(after).toContain('X-Forwarded-For: 192.0.2.7\r\n')
    expect(after).not.toContain('6.6.6.6')
  })

  it('edge connection: refuses 101 that nobody asked for', async () => {
    verifies('tunnel.http.smuggling')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/', 'Connection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n'))
    const service = await tunnel.stream()
    expect(await service.until('\r\n\r\n')).not.toMatch(/upgrade|http2-settings/i)
    service.send(switching)
    expect(await visitor.until('\r\n')).toBe('HTTP/1.1 502 Bad Gateway\r\n')
    await service.when(() => service.state !== 'open', 'the reset')
  })

  it('edge connection: resets the visitor when the service breaks an upgraded connection, and the other way round', async () => {
    const { tunnel, visit } = openEdge()
    const first = visit(upgrade())
    ;(await tunnel.stream(0)).send(switching)
    await first.until('\r\n\r\n')
    ;(await tunnel.stream(0)).channel.reset(RESET.upstreamReset)
    await first.when(() => typeof first.state === 'number', 'the reset of the visitor')
    const second = visit(upgrade())
    const service = await tunnel.stream(1)
    service.send(switching)
    await second.until('\r\n\r\n')
    second.channel.reset()
    await service.when(() => typeof service.state === 'number', 'the reset of the service')
    expect(tunnel.counts).toEqual({ began: 2, answered: 2, ended: 2 })
  })
})

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

describe('edge connection: pages', () => {
  it('edge connection: never lets a refused head reach a service, and closes', async () => {
    verifies('tunnel.http.smuggling')
    const { tunnel, visit } = openEdge()
    const visitor = visit(`${post('x', 'Transfer-Encoding: chunked\r\n')}${get('/smuggled')}`)
    expect(await visitor.rest()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*Connection: close\r\n/)
    expect(tunnel.streams.length).toBe(0)
  })

  it('edge connection: refuses at once what can never become valid, without waiting for the end of the head', async () => {
    verifies('tunnel.http.smuggling')
    const { visit } = openEdge()
    const visitor = visit('GET / HTTP/1.1\r\nHost: web.dev')
    visitor.send('.localhost\n')
    expect(await visitor.rest()).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('edge connection: answers 431 to a head that drips over the limit', async () => {
    verifies('tunnel.http.smuggling')
    const { tunnel, visit } = openEdge({ limits: { headBytes: 256 } })
    const visitor = visit('GET / HTTP/1.1\r\nX-A: ')
    for (let count = 0; count < 20; count++) visitor.send('a'.repeat(20))
    expect(await visitor.rest()).toMatch(/^HTTP\/1\.1 431 /)
    expect(tunnel.streams.length).toBe(0)
  })

  it('edge connection: shows 404 for a name nobody publishes and goes on', async () => {
    const { tunnel, visit, logged } = openEdge()
    const visitor = visit(get('/', 'Accept: text/html\r\n').replace('web.', 'none.'))
    const page = await visitor.until('</html>\n')
    expect(page).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/)
    const id = /X-Request-Id: (req_\w+)/.exec(page)?.[1]
    expect(logged).toEqual([
      {
        level: 'info',
        message: 'request refused',
        fields: {
          requestId: id,
          code: 'TUNNEL_UNKNOWN',
          status: 404,
          host: 'none.dev.localhost',
          visitor: '192.0.2.7',
          problem: expect.any(String),
        },
      },
    ])
    visitor.send(get())
    ;(await tunnel.stream()).send(ok('x'))
    await visitor.until('x')
  })

  it('edge connection: answers 417 to an unknown expectation', async () => {
    const { tunnel, visit } = openEdge()
    expect(await visit(get('/', 'Expect: magic\r\n')).until('\r\n')).toBe('HTTP/1.1 417 Expectation Failed\r\n')
    expect(tunnel.streams.length).toBe(0)
  })

  it('edge connection: answers 503 with Retry-After when the tunnel is busy', async () => {
    const { tunnel, visit } = openEdge()
    tunnel.refuses = new AppError('BUSY')
    expect(await visit(get()).until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 503 [^]*\r\nRetry-After: 2\r\n/)
  })

  it('edge connection: answers a bug of ours with an id that the log holds', async () => {
    const { tunnels, visit, logged } = openEdge()
    tunnels.get = () => {
      throw new Error('secret detail')
    }
    const page = await visit(get()).until('"}\n')
    expect(page).toMatch(/^HTTP\/1\.1 500 [^]*"code":"INTERNAL"/)
    expect(page).not.toContain('secret')
    expect(logged.map((line) => [line.level, page.includes(String(line.fields['requestId']))])).toEqual([
      ['error', true],
    ])
  })

  it('edge connection: hands connections of API hosts and h2c tunnels over with the bytes it has read', async () => {
    const { tunnels, visit, handed } = openEdge()
    tunnels.set('grpc.dev.localhost', new FakeTunnel({ httpVersion: 'h2c' }))
    visit('GET /api/x HTTP/1.1\r\nHost: localhost:80\r\n\r\nrest')
    visit(get().replace('web.', 'grpc.'))
    expect(handed).toEqual({
      api: ['GET /api/x HTTP/1.1\r\nHost: localhost:80\r\n\r\nrest'],
      gateway: [get().replace('web.', 'grpc.')],
    })
  })

  it('edge connection: sends a visitor of a tunnel that then asks for the API elsewhere with 421', async () => {
    const { tunnel, visit, handed } = openEdge()
    const visitor = visit(get())
    ;(await tunnel.stream()).send(ok('x'))
    await visitor.until('x')
    visitor.send('GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(await visitor.until('\r\n')).toBe('HTTP/1.1 421 Misdirected Request\r\n')
    expect(handed.api).toEqual([])
  })

  it('edge connection: logs each request only at level debug', async () => {
    for (const debug of [false, true]) {
      const { tunnel, visit, logged } = openEdge({ debug })
      const visitor = visit(get('/a?secret=1'))
      ;(await tunnel.stream()).send(ok('x'))
      await visitor.until('x')
      expect(logged.map(({ level, fields }) => [level, fields['line'], fields['status']])).toEqual(
        debug ? [['debug', 'GET /a', 200]] : [],
      )
    }
  })
})

describe('edge connection: a host that is away', () => {
  it('edge connection: holds a request until the host is back', async () => {
    verifies('tunnel.reconnect')
    const { tunnel, visit } = openEdge()
    tunnel.online = false
    const visitor = visit(post('ab'))
    await tunnel.holding()
    visitor.send('more')
    tunnel.online = true
    tunnel.held[0]?.(tunnel)
    const service = await tunnel.stream()
    await service.until('ab')
    service.send(ok('x'))
    expect(await visitor.until('x')).toBe(ok('x'))
  })

  it('edge connection: holds a request when the host is gone at the moment of opening', async () => {
    verifies('tunnel.reconnect')
    const { tunnel, visit } = openEdge()
    tunnel.refuses = new AppError('TUNNEL_OFFLINE')
    const visitor = visit(get())
    await tunnel.holding()
    tunnel.held[0]?.(tunnel)
    ;(await tunnel.stream()).send(ok('x'))
    await visitor.until('x')
  })

  it('edge connection: holds and repeats a request whose link broke before it was answered', async () => {
    verifies('tunnel.reconnect')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/1'))
    const first = await tunnel.stream()
    await first.until('/1')
    tunnel.online = false
    first.channel.reset(RESET.linkLost)
    await tunnel.holding()
    tunnel.online = true
    tunnel.held[0]?.(tunnel)
    const second = await tunnel.stream(1)
    await second.until('/1')
    second.send(ok('x'))
    await visitor.until('x')
  })

  it('edge connection: repeats a request whose link broke only once', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(get())
    ;(await tunnel.stream(0)).channel.reset(RESET.linkLost)
    ;(await tunnel.stream(1)).channel.reset(RESET.linkLost)
    expect(await visitor.until('"}\n')).toMatch(/^HTTP\/1\.1 502 [^]*"code":"TUNNEL_OFFLINE"/)
    expect(tunnel.streams.length).toBe(2)
  })

  it('edge connection: shows 502 when the hold is over, and 503 when too many wait', async () => {
    const { tunnel, visit } = openEdge()
    tunnel.online = false
    const gone = visit(get())
    await tunnel.holding()
    tunnel.held[0]?.(undefined)
    expect(await gone.until('\r\n')).toBe('HTTP/1.1 502 Bad Gateway\r\n')
    tunnel.whenOnline = () => Promise.reject(new AppError('BUSY'))
    expect(await visit(get()).until('\r\n')).toBe('HTTP/1.1 503 Service Unavailable\r\n')
  })

  it('edge connection: gives up a held request whose visitor ended in the middle of its body', async () => {
    const { tunnel, visit } = openEdge()
    tunnel.online = false
    const visitor = visit('POST / HTTP/1.1\r\nHost: web.dev.localhost\r\nContent-Length: 9\r\n\r\nabc')
    await tunnel.holding()
    visitor.channel.end()
    await expect.poll(() => visitor.socket.peer.ending).toBe(true)
    tunnel.online = true
    tunnel.held[0]?.(tunnel)
    const service = await tunnel.stream()
    await service.when(() => typeof service.state === 'number', 'the reset of the stream')
  })

  it('edge connection: holds no longer than holdMs even when the host keeps coming and going', async () => {
    const { tunnel, visit, time, limits } = openEdge()
    tunnel.online = false
    const visitor = visit(get())
    await tunnel.holding()
    time.now += limits.holdMs
    tunnel.held[0]?.(tunnel)
    expect(await visitor.until('\r\n')).toBe('HTTP/1.1 502 Bad Gateway\r\n')
  })
})

describe('edge connection: time', () => {
  it('edge connection: answers 408 to a head that is not complete in time', async () => {
    const { visit, wait, limits } = openEdge()
    const visitor = visit('GET / HT')
    wait(limits.headMs - 1)
    wait(1)
    expect(await visitor.rest()).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('edge connection: counts the time of a head from its first byte', async () => {
    const { tunnel, visit, wait, limits } = openEdge()
    const visitor = visit(get())
    ;(await tunnel.stream()).send(ok('x'))
    await visitor.until('x')
    wait(limits.idleMs - 1)
    visitor.send('GET ')
    await expect.poll(() => visitor.far.waiting).toBe(0)
    wait(limits.headMs - 1)
    visitor.send(get('/2').slice(4))
    ;(await tunnel.stream()).send(ok('y'))
    expect(await visitor.until('y')).toBe(ok('y'))
  })

  it('edge connection: answers 504 when the service has not begun to answer, and the connection lives on', async () => {
    const { tunnel, visit, wait, limits } = openEdge()
    const visitor = visit(get('/1'))
    const service = await tunnel.stream()
    wait(limits.responseHeadMs)
    expect(await visitor.until('"}\n')).toMatch(/^HTTP\/1\.1 504 /)
    await service.when(() => typeof service.state === 'number', 'the reset of the stream')
    visitor.send(get('/2'))
    ;(await tunnel.stream(1)).send(ok('x'))
    await visitor.until('x')
  })

  it('edge connection: never times out an answer that has begun', async () => {
    verifies('tunnel.http.streaming')
    const { tunnel, visit, wait, limits } = openEdge()
    const visitor = visit(get())
    const service = await tunnel.stream()
    service.send('HTTP/1.1 200 OK\r\n\r\n')
    await visitor.until('\r\n\r\n')
    wait(10 * limits.responseHeadMs)
    service.send('late')
    await visitor.until('late')
  })

  it('edge connection: answers 408 when a body stops coming', async () => {
    const { tunnel, visit, wait, limits } = openEdge()
    const visitor = visit('POST / HTTP/1.1\r\nHost: web.dev.localhost\r\nContent-Length: 9\r\n\r\nabc')
    await tunnel.stream()
    wait(limits.responseHeadMs)
    expect(await visitor.rest()).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('edge connection: closes an idle connection and its stream', async () => {
    const { tunnel, visit, wait, limits } = openEdge()
    const visitor = visit(get())
    const service = await tunnel.stream()
    service.send(ok('x'))
    await visitor.until('x')
    wait(limits.idleMs)
    expect(await visitor.rest()).toBe('')
    await service.when(() => service.hasEnded, 'the end of the stream')
  })

  it('edge connection: resets a visitor that does not close after our last word', async () => {
    const { visit, wait, limits } = openEdge()
    const visitor = visit('bad\r\n')
    await visitor.rest()
    wait(limits.idleMs)
    await visitor.when(() => typeof visitor.state === 'number', 'the reset')
  })
})

describe('edge connection: memory', () => {
  it('edge connection: stops the service while a visitor does not read, and resets it after writeStallMs', async () => {
    verifies('tunnel.http.full')
    const { tunnel, visit, wait, limits } = openEdge()
    const visitor = visit(get())
    const service = await tunnel.stream()
    visitor.channel.pause()
    service.send(`HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n`)
    const piece = 'x'.repeat(16 * 1024)
    for (let count = 0; count < 64; count++) service.send(piece)
    const { socket } = visitor
    await expect.poll(() => socket.waiting > 64 * 1024).toBe(true)
    await expect.poll(() => (service.channel as typeof socket).waiting > 512 * 1024).toBe(true)
    expect(socket.mostWaiting).toBeLessThan(128 * 1024)
    wait(limits.writeStallMs)
    await service.when(() => typeof service.state === 'number', 'the reset of the stream')
  })

  it('edge connection: goes on when the visitor reads again', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(get())
    const service = await tunnel.stream()
    visitor.channel.pause()
    service.send(ok('x'.repeat(300_000)))
    service.send('')
    await expect.poll(() => visitor.socket.waiting > 0).toBe(true)
    visitor.channel.resume()
    await visitor.when(() => visitor.received.endsWith('x') && visitor.received.length > 300_000, 'the whole answer')
    visitor.received = ''
    visitor.send(get('/2'))
    await service.until('/2')
    service.send(ok('y'))
    await visitor.until('y')
  })

  it('edge connection: stops the visitor while the service does not read', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit('POST / HTTP/1.1\r\nHost: web.dev.localhost\r\nContent-Length: 1048576\r\n\r\n')
    const service = await tunnel.stream()
    await service.until('\r\n\r\n')
    service.channel.pause()
    const piece = 'x'.repeat(16 * 1024)
    for (let count = 0; count < 64; count++) visitor.send(piece)
    await expect.poll(() => visitor.socket.paused).toBe(true)
    service.channel.resume()
    await service.when(() => service.received.length === 1_048_576, 'the whole body')
    expect(service.received.length).toBe(1_048_576)
  })

  it('edge connection: keeps at most a head and one read of a visitor that sends while its request is held', async () => {
    const { tunnel, visit } = openEdge({ limits: { headBytes: 1024 } })
    tunnel.online = false
    const visitor = visit(get())
    await tunnel.holding()
    for (let count = 0; count < 8; count++) visitor.send(get(`/${'a'.repeat(500)}`))
    await expect.poll(() => visitor.socket.paused).toBe(true)
    expect(visitor.far.waiting).toBeGreaterThan(0)
  })

  it('edge connection: writes no pages to a visitor that asks on and on and does not read', async () => {
    const { visit } = openEdge()
    const visitor = visit('')
    visitor.channel.pause()
    const request = get().replace('web.', 'none.')
    for (let count = 0; count < 40; count++) visitor.send(request.repeat(40))
    await expect.poll(() => visitor.socket.paused).toBe(true)
    expect(visitor.socket.mostWaiting).toBeLessThan(70 * 1024)
    visitor.channel.resume()
    const pages = (): number => visitor.received.split('HTTP/1.1 404').length - 1
    await visitor.when(() => pages() === 1600, 'every page')
    expect(pages()).toBe(1600)
  })

  it('edge connection: drops everything when the edge closes, and stops listening for revocations', async () => {
    const { edge, tunnel, visit, authority } = openEdge()
    const visitor = visit(get())
    const service = await tunnel.stream()
    edge.close()
    edge.close()
    await visitor.when(() => typeof visitor.state === 'number', 'the reset of the visitor')
    await service.when(() => typeof service.state === 'number', 'the reset of the stream')
    expect(authority.listening).toBe(0)
    expect(tunnel.counts).toEqual({ began: 1, answered: 0, ended: 1 })
  })
})
