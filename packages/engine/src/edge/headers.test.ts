import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { get, ok, openEdge } from './edge.fixture.ts'

/** What the service gets for a request. */
const sent = async (request: string, tunnelOptions = {}, address = '192.0.2.7'): Promise<string[]> => {
  const { tunnel, visit } = openEdge({ tunnel: tunnelOptions })
  visit(request, address)
  const head = await (await tunnel.stream()).until('\r\n\r\n')
  return head
    .replace(/req_\w{16}/, 'req_')
    .split('\r\n')
    .slice(0, -2)
}

const VOUCHED = [
  'X-Forwarded-For: 192.0.2.7',
  'X-Forwarded-Proto: http',
  'X-Forwarded-Host: web.dev.localhost',
  'X-Real-IP: 192.0.2.7',
  'Forwarded: for=192.0.2.7;host="web.dev.localhost";proto=http',
  'X-Request-Id: req_',
]

describe('edge headers', () => {
  it('edge headers: says who visits, and believes nothing the visitor says about it', async () => {
    verifies('tunnel.http.headers')
    const lies = [
      'X-Forwarded-For: 6.6.6.6',
      'x-forwarded-proto: https',
      'X-Forwarded-Host: evil',
      'X-Forwarded-Port: 1',
      'X_Forwarded_For: 6.6.6.6',
    ]
    const more = ['Forwarded: for=6.6.6.6', 'X-Real-IP: 6.6.6.6', 'X-Real_IP: 6.6.6.6', 'X-Request-Id: mine']
    expect(await sent(get('/', [...lies, ...more, ''].join('\r\n')))).toEqual([
      'GET / HTTP/1.1',
      'Host: web.dev.localhost',
      ...VOUCHED,
    ])
  })

  it('edge headers: writes IPv6 addresses as RFC 7239 wants them', async () => {
    verifies('tunnel.http.headers')
    const head = await sent(get(), {}, '2001:db8::7')
    expect(head).toContain('X-Forwarded-For: 2001:db8::7')
    expect(head).toContain('Forwarded: for="[2001:db8::7]";host="web.dev.localhost";proto=http')
  })

  it('edge headers: passes everything else byte for byte and in order', async () => {
    const fields = [
      'B:  two  blanks\t',
      'a: \u00ff\u0080',
      'COOKIE: a=b; c',
      'B: again',
      'Authorization: Basic eA==',
      'Via: 1.1 x',
      'Empty:',
    ]
    expect(await sent(get('/%7Ea//b/../c?towline.token=x&|^', `${fields.join('\r\n')}\r\n`))).toEqual([
      'GET /%7Ea//b/../c?towline.token=x&|^ HTTP/1.1',
      'Host: web.dev.localhost',
      ...fields,
      ...VOUCHED,
    ])
  })

  it('edge headers: drops what is meant for this hop only', async () => {
    const fields = [
      'Connection: keep-alive, X-Gone, TE',
      'Keep-Alive: 5',
      'Proxy-Authorization: x',
      'Proxy-Connection: y',
      'x-gone: 1',
      'TE: gzip',
      'Upgrade: websocket',
    ]
    expect(await sent(get('/', `${fields.join('\r\n')}\r\n`))).toEqual([
      'GET / HTTP/1.1',
      'Host: web.dev.localhost',
      ...VOUCHED,
    ])
    expect(await sent(get('/', 'TE: trailers\r\nConnection: TE\r\n'))).toEqual([
      'GET / HTTP/1.1',
      'Host: web.dev.localhost',
      'TE: trailers',
      ...VOUCHED,
      'Connection: TE',
    ])
  })

  it('edge headers: keeps the Host of the visitor, or sends the one the tunnel wants', async () => {
    verifies('tunnel.http.headers')
    const request = get().replace('web.dev.localhost', 'WEB.dev.localhost.:8080')
    const kept = await sent(request)
    const rewritten = await sent(request, { hostHeader: 'localhost:3000' })
    expect([kept[1], rewritten[1]]).toEqual(['Host: WEB.dev.localhost.:8080', 'Host: localhost:3000'])
    expect([kept[4], rewritten[4]]).toEqual([
      'X-Forwarded-Host: WEB.dev.localhost.:8080',
      'X-Forwarded-Host: WEB.dev.localhost.:8080',
    ])
  })

  it('edge headers: drops fields of an answer that are meant for this hop only', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(get())
    ;(await tunnel.stream()).send(
      ok('x', 'Set-Cookie: a\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nSet-Cookie: b\r\n'),
    )
    expect(await visitor.until('\r\n\r\nx')).toBe(ok('x', 'Set-Cookie: a\r\nSet-Cookie: b\r\n'))
  })

  it('edge headers: gives each request its own id and keeps up with a changing Host', async () => {
    const { tunnel, tunnels, visit } = openEdge()
    tunnels.set('other.dev.localhost', tunnel)
    visit(get() + get().replace('web.', 'other.'))
    const service = await tunnel.stream()
    const heads = [await service.until('\r\n\r\n'), await service.until('\r\n\r\n')]
    expect(heads.map((head) => /X-Forwarded-Host: (.*)\r/.exec(head)?.[1])).toEqual([
      'web.dev.localhost',
      'other.dev.localhost',
    ])
    expect(new Set(heads.map((head) => /X-Request-Id: (.*)\r/.exec(head)?.[1])).size).toBe(2)
  })
})
