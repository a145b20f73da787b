import { AppError } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { get, ok, openEdge, post } from './edge.fixture.ts'
import { FakeTunnel } from './fakes.fixture.ts'

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

  it.each([
    ['a terminal', { surface: 'webtty', labels: { 'towline.webtty': 'v1' } }, true],
    [
      'one that asks for encryption',
      { surface: 'webtty', labels: { 'towline.webtty': 'v1', 'towline.webtty/e2e': 'required' } },
      false,
    ],
    ['another tunnel', {}, false],
  ] as const)(
    'edge connection: tells a visitor of %s who lacks a token how to get a link (%#)',
    async (_name, tunnel, told) => {
      const { visit } = openEdge({ tunnel: { tokenAuth: true, ...tunnel } })
      const page = await visit(get('/', 'Accept: text/html\r\n')).until('</html>\n')
      expect(page).toMatch(/^HTTP\/1\.1 401 /)
      expect(page.includes('towline webtty browse --url http://web.dev.localhost<')).toBe(told)
    },
  )

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
