/** Proves who is turned away by the Origin of its requests, and that no service behind a rule sees one. */
import { verifies } from '@towline/testkit/verifies'
import { AppError, LIMITS, type Tunnel, type TunnelSpec } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { checkSpec } from '../registry/spec.ts'
import { get, openEdge } from './edge.fixture.ts'
import { principal } from './fakes.fixture.ts'

const TOKEN = 'tow_abc_secret'
const bearer = `Authorization: Bearer ${TOKEN}\r\n`
const from = (origin: string): string => `Origin: ${origin}\r\n`

const served = (tunnel: Partial<Tunnel>) => {
  const opened = openEdge({ tunnel: { tokenAuth: true, ...tunnel } })
  opened.authority.principals.set(TOKEN, principal())
  return opened
}

const refusedWith = async (tunnel: Partial<Tunnel>, request: string): Promise<unknown[]> => {
  const edge = served(tunnel)
  const page = await edge.visit(request).until('"}\n')
  expect(edge.tunnel.streams.length).toBe(0)
  return [Number(page.slice(9, 12)), /"code":"(\w+)"/.exec(page)?.[1]]
}

const headSeen = async (tunnel: Partial<Tunnel>, request: string): Promise<string> => {
  const edge = served(tunnel)
  edge.visit(request)
  return (await edge.tunnel.stream()).until('\r\n\r\n')
}

const NATIVE = { surface: 'app-server' } as const
const RULED = { ...NATIVE, allowOrigins: ['https://app.example.com'] } as const
const WEB = { allowOrigins: ['https://app.example.com'] } as const
const ORIGIN = [403, 'ORIGIN_NOT_ALLOWED']

describe('edge origins', () => {
  it.each<readonly [string, Partial<Tunnel>, string, unknown[]]>([
    ['a page, at a service for native clients', NATIVE, get('/', bearer + from('https://app.example.com')), ORIGIN],
    ['a page of its own host', NATIVE, get('/', bearer + from('http://web.dev.localhost')), ORIGIN],
    ['a page without a token', NATIVE, get('/', from('https://app.example.com')), ORIGIN],
    ['an exec-server too', { surface: 'exec-server' }, get('/', bearer + from('null')), ORIGIN],
    ['health checks too', RULED, get('/readyz', bearer + from('https://evil.example.com')), ORIGIN],
    ['another page', RULED, get('/', bearer + from('https://app.example.com.evil.example')), ORIGIN],
    ['another scheme', RULED, get('/', bearer + from('http://app.example.com')), ORIGIN],
    ['two origins', RULED, get('/', bearer + from('https://app.example.com') + from('https://evil.example')), ORIGIN],
    ['another page of a web service with a rule', WEB, get('/', bearer + from('https://evil.example.com')), ORIGIN],
    ['an allowed page without a token', RULED, get('/', from('https://app.example.com')), [401, 'UNAUTHENTICATED']],
    ['a token in the address', NATIVE, get(`/?towline.token=${TOKEN}`), [401, 'TOKEN_IN_QUERY']],
  ])('edge origins: refuses %s', async (_name, tunnel, request, expected) => {
    verifies('app.origin')
    expect(await refusedWith(tunnel, request)).toEqual(expected)
  })

  it.each<readonly [string, Partial<Tunnel>]>([
    ['a service for native clients', RULED],
    ['a web service', WEB],
  ])('edge origins: lets an allowed page in, and hides its origin from %s', async (_name, tunnel) => {
    verifies('app.origin')
    const head = await headSeen(tunnel, get('/a', `X: 1\r\n${from('https://app.example.com')}${bearer}Y: 2\r\n`))
    expect(head).not.toMatch(/origin|authorization/i)
    expect(head).toContain('X: 1\r\nY: 2\r\n')
  })

  it('edge origins: lets in who is no page, and passes the origin on where there is no rule', async () => {
    expect(await headSeen(NATIVE, get('/', bearer))).toMatch(/^GET \/ HTTP/)
    expect(await headSeen({ surface: 'webtty' }, get('/', bearer + from('https://a.example')))).toMatch(/^Origin: /m)
  })

  it('edge origins: takes a token in the address for services that browsers use', async () => {
    expect(await headSeen({ surface: 'webtty' }, get(`/?towline.token=${TOKEN}`))).toMatch(/^GET \/ HTTP/)
  })
})

describe('origins that a tunnel may name', () => {
  const checked = (spec: Partial<TunnelSpec>): unknown => {
    try {
      return checkSpec({ kind: 'http', ...spec }, LIMITS).allowOrigins
    } catch (error) {
      return error instanceof AppError ? error.code : error
    }
  }

  it.each([
    '*',
    'null',
    'app.example.com',
    'https://app.example.com/',
    'https://APP.example.com',
    'file://x',
    'https://a:443',
  ])('edge origins: a rule refuses %j', (origin) => expect(checked({ allowOrigins: [origin] })).toBe('OPTION_INVALID'))

  it('edge origins: a rule names so many, and goes with HTTP only', () => {
    const many = Array.from({ length: LIMITS.allowOrigins + 1 }, (_, index) => `https://a${index}.example`)
    expect(checked({ allowOrigins: many })).toBe('OPTION_INVALID')
    expect(checked({ kind: 'private', allowOrigins: ['https://a.example'] })).toBe('EDGE_OPTION_UNSUPPORTED')
    expect(checked({ allowOrigins: ['https://a.example', 'http://localhost:5173'] })).toEqual([
      'https://a.example',
      'http://localhost:5173',
    ])
  })
})
