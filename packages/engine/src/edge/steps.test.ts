import { verifies } from '@towline/testkit/verifies'
import { AppError, KINDS, type Tunnel } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { get, ok, openEdge } from './edge.fixture.ts'
import { principal } from './fakes.fixture.ts'

const TOKEN = 'tow_abc_secret'
const bearer = (token = TOKEN): string => `Authorization: Bearer ${token}\r\n`

const guarded = (tunnel: Partial<Tunnel> = {}) => {
  const opened = openEdge({ tunnel: { tokenAuth: true, ...tunnel } })
  opened.authority.principals.set(TOKEN, principal())
  return opened
}

/** Status and code of the page that a request gets. */
const refusedWith = async (
  { visit, tunnel }: ReturnType<typeof guarded>,
  request: string,
  address?: string,
): Promise<unknown[]> => {
  const page = await visit(request, address).until('"}\n')
  expect(tunnel.streams.length).toBe(0)
  return [Number(page.slice(9, 12)), /"code":"(\w+)"/.exec(page)?.[1]]
}

describe('edge token', () => {
  it.each([
    ['no proof', get(), [401, 'UNAUTHENTICATED']],
    ['an unknown token', get('/', bearer('tow_other')), [401, 'UNAUTHENTICATED']],
    ['an empty token', get('/', 'Authorization: Bearer\r\n'), [401, 'UNAUTHENTICATED']],
    ['another scheme', get('/', `Authorization: Basic ${TOKEN}\r\n`), [401, 'UNAUTHENTICATED']],
    ['a proof meant for a proxy', get('/', `Proxy-Authorization: Bearer ${TOKEN}\r\n`), [401, 'UNAUTHENTICATED']],
    ['a field spelled with "_"', get('/', `X-Authorization: Bearer ${TOKEN}\r\n`), [401, 'UNAUTHENTICATED']],
    ['header and parameter', get(`/?towline.token=${TOKEN}`, bearer()), [400, 'PROOF_DUPLICATE']],
    ['two parameters', get(`/?towline.token=${TOKEN}&towline.token=${TOKEN}`), [400, 'PROOF_DUPLICATE']],
    ['two headers', get('/', bearer() + bearer()), [400, 'PROOF_DUPLICATE']],
  ])('edge token: refuses %s', async (_name, request, expected) => {
    verifies('edge.token')
    expect(await refusedWith(guarded(), request)).toEqual(expected)
  })

  it('edge token: asks for a Bearer credential and reports who was turned away', async () => {
    verifies('edge.token')
    const { visit, authority } = guarded()
    const page = await visit(get('/', bearer('tow_other'))).until('\r\n\r\n')
    expect(page).toContain('WWW-Authenticate: Bearer realm="towline"\r\n')
    expect(authority.records).toEqual([
      {
        at: 1_700_000_000,
        action: 'tunnel.visit',
        decision: 'refused',
        target: 'web.dev.localhost',
        code: 'UNAUTHENTICATED',
        requestId: /X-Request-Id: (req_\w+)/.exec(page)?.[1],
        projectId: 'prj_a',
      },
    ])
  })

  it('edge token: takes a credential of another project for none, and one without the permission for too little', async () => {
    verifies('edge.token')
    const foreign = guarded()
    foreign.authority.principals.set(TOKEN, principal({ projectId: 'prj_b' }))
    expect(await refusedWith(foreign, get('/', bearer()))).toEqual([401, 'UNAUTHENTICATED'])
    const weak = guarded()
    weak.authority.principals.set(TOKEN, principal({ permissions: ['tunnels.list', 'tunnels.create'] }))
    expect(await refusedWith(weak, get('/', bearer()))).toEqual([403, 'FORBIDDEN'])
  })

  it.each([
    ['the header', get('/a?b=c', `${bearer()}X: 1\r\n`), '/a?b=c'],
    ['the only parameter', get(`/a?towline.token=${TOKEN}`), '/a'],
    ['the first parameter', get(`/a?towline.token=${TOKEN}&b=c`), '/a?b=c'],
    ['the last parameter', get(`/a?b=c&towline.token=${TOKEN}`), '/a?b=c'],
    ['a parameter in the middle', get(`/a?b&towline.token=${TOKEN}&c`), '/a?b&c'],
    ['an encoded parameter', get(`/a?b&towline%2Etoken=${TOKEN}&c`), '/a?b&c'],
  ])('edge token: lets %s in and hides it from the service', async (_name, request, target) => {
    verifies('edge.token')
    const { tunnel, visit } = guarded()
    visit(request)
    const head = await (await tunnel.stream()).until('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^GET ${target.replace('?', '\\?')} HTTP/1.1\r\n`))
    expect(head).not.toContain(TOKEN)
    expect(head).not.toMatch(/authorization/i)
  })

  it('edge token: leaves a password of the service alone when the proof is the parameter', async () => {
    const { tunnel, visit } = guarded()
    visit(get(`/?towline.token=${TOKEN}`, 'Authorization: Basic eA==\r\n'))
    expect(await (await tunnel.stream()).until('\r\n\r\n')).toContain('Authorization: Basic eA==\r\n')
  })

  it('edge token: asks the authority once while the answer is fresh, and again after a revocation', async () => {
    verifies('edge.token')
    const { tunnel, visit, authority, time, limits } = guarded()
    const visitor = visit(get('/1', bearer()))
    const service = await tunnel.stream()
    const answered = async (body: string): Promise<void> => {
      service.send(ok(body))
      await visitor.until(body)
    }
    await answered('one')
    visitor.send(get('/2', bearer()))
    await service.until('/2')
    await answered('two')
    expect(authority.asked.length).toBe(1)
    time.now += limits.authCacheMs
    visitor.send(get('/3', bearer()))
    await service.until('/3')
    await answered('three')
    expect(authority.asked.length).toBe(2)
    authority.principals.delete(TOKEN)
    authority.revoke('crd_v')
    visitor.send(get('/4', bearer()))
    expect(await visitor.until('\r\n')).toBe('HTTP/1.1 401 Unauthorized\r\n')
    expect(authority.asked.length).toBe(3)
  })

  it('edge token: never trusts an answer that a revocation overtook', async () => {
    verifies('edge.token')
    const { authority, visit, tunnel } = guarded()
    authority.verify = (token) => {
      authority.asked.push(token)
      const first = authority.asked.length === 1
      if (first) authority.revoke('crd_v')
      return first ? Promise.resolve(principal()) : Promise.reject(new AppError('UNAUTHENTICATED'))
    }
    expect(await visit(get('/', bearer())).until('\r\n')).toBe('HTTP/1.1 401 Unauthorized\r\n')
    expect(tunnel.streams.length).toBe(0)
  })

  it('edge token: forgets a credential when it expires', async () => {
    const { authority, visit, tunnel, time } = guarded()
    authority.principals.set(TOKEN, principal({ expiresAt: 1_700_000_001 }))
    visit(get('/1', bearer()))
    await tunnel.stream()
    authority.principals.delete(TOKEN)
    time.now += 1000
    expect(await visit(get('/2', bearer())).until('\r\n')).toBe('HTTP/1.1 401 Unauthorized\r\n')
  })

  it('edge token: remembers no more credentials than the limit', async () => {
    const { edge, authority } = openEdge({ tunnel: { tokenAuth: true }, limits: { authCacheEntries: 2 } })
    const visitor = { address: '192.0.2.7', port: 1, localPort: 80, secure: false }
    const tunnel = { tokenAuth: true, projectId: 'prj_a' } as Tunnel
    const ask = async (token: string): Promise<void> => {
      authority.principals.set(token, principal())
      await edge.admission.admit('http', {
        visitor,
        tunnel,
        header: (name) => (name === 'authorization' ? `Bearer ${token}` : undefined),
      })
    }
    for (const token of ['a', 'b', 'c', 'c', 'b', 'a']) await ask(token)
    expect(authority.asked).toEqual(['a', 'b', 'c', 'a'])
  })

  it('edge token: says so when the authority does not answer', async () => {
    const opened = openEdge({ tunnel: { tokenAuth: true }, limits: { authorityMs: 1 } })
    opened.authority.verify = () => new Promise(() => {})
    expect(await refusedWith(opened, get('/', bearer()))).toEqual([503, 'AUTHORITY_UNAVAILABLE'])
  })

  it('edge token: never lets a check answer for a request of another visitor that came meanwhile', async () => {
    verifies('edge.order')
    const { authority, tunnel, visit } = guarded()
    let answer: (() => void) | undefined
    authority.verify = () => new Promise((resolve) => (answer = () => resolve(principal())))
    const waiting = visit(get('/mine', bearer()))
    const other = visit(get('/other'))
    expect(await other.until('\r\n')).toBe('HTTP/1.1 401 Unauthorized\r\n')
    answer?.()
    const service = await tunnel.stream()
    expect(await service.until('\r\n\r\n')).toMatch(/^GET \/mine /)
    service.send(ok('x'))
    await waiting.until('x')
    expect(tunnel.streams.length).toBe(1)
  })
})

describe('edge order', () => {
  it('edge order: looks at the address before any proof', async () => {
    verifies('edge.order', 'edge.ip')
    const opened = guarded({ trustedIps: ['10.0.0.0/8'] })
    expect(await refusedWith(opened, get(), '192.0.2.7')).toEqual([403, 'IP_REFUSED'])
    expect(await refusedWith(opened, get('/', bearer() + bearer()), '192.0.2.7')).toEqual([403, 'IP_REFUSED'])
    expect(await refusedWith(opened, get(), '10.0.0.1')).toEqual([401, 'UNAUTHENTICATED'])
    expect(opened.authority.asked).toEqual([])
  })

  it('edge order: believes only the socket about the address', async () => {
    verifies('edge.ip')
    const opened = openEdge({ tunnel: { trustedIps: ['10.0.0.0/8'] } })
    const request = get('/', 'X-Forwarded-For: 10.0.0.1\r\nForwarded: for=10.0.0.1\r\nX-Real-IP: 10.0.0.1\r\n')
    expect(await refusedWith(opened, request)).toEqual([403, 'IP_REFUSED'])
    opened.visit(request, '10.0.0.1')
    await opened.tunnel.stream()
  })

  it('edge order: checks the address of every kind that visitors reach, and a network that cannot be read lets nobody in', () => {
    verifies('edge.ip')
    const { edge, tunnel } = openEdge({ tunnel: { trustedIps: ['10.0.0.0/8', 'nonsense'] } })
    const outcome = (kind: Tunnel['kind'], address: string): string => {
      try {
        const waits = edge.admission.admit(kind, {
          visitor: { address, port: 1, localPort: 80, secure: false },
          tunnel: tunnel.tunnel,
        })
        return waits ? 'waits' : 'admitted'
      } catch (error) {
        return (error as AppError).code
      }
    }
    expect(KINDS.map((kind) => [kind, outcome(kind, '192.0.2.7'), outcome(kind, '::ffff:10.1.1.1')])).toEqual([
      ['http', 'IP_REFUSED', 'admitted'],
      ['tcp', 'IP_REFUSED', 'admitted'],
      ['tls', 'IP_REFUSED', 'admitted'],
      ['private', 'admitted', 'admitted'],
    ])
  })

  it('edge order: routes and authorizes by the same host, whatever else the request names', async () => {
    verifies('edge.order')
    const opened = guarded()
    opened.tunnels.set('open.dev.localhost', opened.tunnel)
    const request = get('/', 'X-Forwarded-Host: open.dev.localhost\r\nForwarded: host=open.dev.localhost\r\n')
    expect(await refusedWith(opened, request)).toEqual([401, 'UNAUTHENTICATED'])
  })

  it('edge order: checks again when the host comes back under other rules', async () => {
    verifies('edge.order')
    const { tunnel, visit } = openEdge()
    tunnel.online = false
    const visitor = visit(get())
    await tunnel.holding()
    tunnel.online = true
    tunnel.tunnel = { ...tunnel.tunnel, tokenAuth: true }
    tunnel.held[0]?.(tunnel)
    expect(await visitor.until('\r\n')).toBe('HTTP/1.1 401 Unauthorized\r\n')
    expect(tunnel.streams.length).toBe(0)
  })

  it('edge order: an admission counts only for the tunnel as it was then', async () => {
    verifies('edge.order')
    const { tunnel, visit } = guarded()
    tunnel.online = false
    const visitor = visit(get('/', bearer()))
    await tunnel.holding()
    tunnel.online = true
    tunnel.tunnel = { ...tunnel.tunnel, trustedIps: ['10.0.0.0/8'] }
    tunnel.held[0]?.(tunnel)
    expect(await visitor.until('\r\n')).toBe('HTTP/1.1 403 Forbidden\r\n')
    expect(tunnel.streams.length).toBe(0)
  })
})
