/** Proves that --token-auth holds a credential to its boundary: which tunnels, and which paths of them. */
import type { Boundary, Tunnel } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { get, ok, openEdge } from './edge.fixture.ts'
import { principal } from './fakes.fixture.ts'

const TOKEN = 'tow_abc_secret'
const BEARER = `Authorization: Bearer ${TOKEN}\r\n`

const guarded = (resources: Boundary, tunnel: Partial<Tunnel> = {}) => {
  const opened = openEdge({ tunnel: { tokenAuth: true, ...tunnel } })
  opened.authority.principals.set(TOKEN, principal({ resources }))
  return opened
}

/** Status and code, or the target that the service got. */
const answered = async ({ visit, tunnel }: ReturnType<typeof guarded>, request: string): Promise<unknown> => {
  const visitor = visit(request)
  const page = visitor.until('"}\n').then((text) => [Number(text.slice(9, 12)), /"code":"(\w+)"/.exec(text)?.[1]])
  const head = tunnel.stream().then((stream) => stream.until('\r\n\r\n'))
  const target = head.then((text) => text.split(' ')[1])
  // The one that does not come runs into its deadline when nobody waits any more.
  for (const late of [page, target]) late.catch(() => {})
  return Promise.race([page, target])
}

const REFUSED = [403, 'OUT_OF_BOUNDS']
const PATHS: Boundary = { tunnels: { connect: { params: { path: { regex: '^/public/' } } } } }

describe('edge boundary', () => {
  it.each([
    '/admin',
    '/public',
    '/public/../admin',
    '/public/%2e%2e/admin',
    '/public/..%2fadmin',
    '/public/..;/admin',
    '/public//admin',
    '/public/%252e%252e/admin',
    '/public/%5c..%5cadmin',
    '/%70ublic%2fx',
    '//public/x',
    '/public/./x',
  ])('edge boundary: refuses the path %s where only /public/ is let in', async (path) => {
    verifies('token.resources', 'edge.token')
    expect(await answered(guarded(PATHS), get(path, BEARER))).toEqual(REFUSED)
  })

  it.each(['/public/', '/public/a/b?c=/../d', '/public/a%20b', '/%70ublic/x'])(
    'edge boundary: lets the path %s in, as it came',
    async (path) => {
      verifies('token.resources')
      expect(await answered(guarded(PATHS), get(path, BEARER))).toBe(path)
    },
  )

  it('edge boundary: refuses a tunnel by its name and labels, and one without connect at all', async () => {
    verifies('token.resources')
    const to = (connect: NonNullable<NonNullable<Extract<Boundary, { tunnels?: unknown }>['tunnels']>['connect']>) =>
      answered(guarded({ tunnels: { connect } }, { name: 'web', labels: { team: 'a' } }), get('/x', BEARER))
    expect(await to({ name: 'db' })).toEqual(REFUSED)
    expect(await to({ labels: { team: 'b' } })).toEqual(REFUSED)
    expect(await to({ name: 'web', labels: { team: null } })).toBe('/x')
    expect(await answered(guarded({ tunnels: { list: true } }), get('/x', BEARER))).toEqual(REFUSED)
  })

  it('edge boundary: is asked for each request of a connection', async () => {
    verifies('token.resources')
    const { visit, tunnel } = guarded(PATHS)
    const visitor = visit(get('/public/1', BEARER))
    const service = await tunnel.stream()
    service.send(ok('one'))
    await visitor.until('one')
    visitor.send(get('/admin', BEARER))
    expect(await visitor.until('\r\n')).toBe('HTTP/1.1 403 Forbidden\r\n')
  })

  it('edge boundary: reports who was turned away', async () => {
    verifies('token.resources')
    const opened = guarded(PATHS)
    await answered(opened, get('/admin', BEARER))
    expect(opened.authority.records.map(({ action, decision, code }) => [action, decision, code])).toEqual([
      ['tunnel.visit', 'refused', 'OUT_OF_BOUNDS'],
    ])
  })

  it('edge boundary: tells a credential of another project no more than an unknown one', async () => {
    const opened = openEdge({ tunnel: { tokenAuth: true } })
    opened.authority.principals.set(TOKEN, principal({ projectId: 'prj_b', resources: PATHS }))
    expect(await answered(opened, get('/public/x', BEARER))).toEqual([401, 'UNAUTHENTICATED'])
  })
})
