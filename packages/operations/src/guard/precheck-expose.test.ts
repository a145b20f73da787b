/** Proves that what a project would not let open is refused before anything is made, with what it would let open. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { precheckExpose, type PrecheckOptions } from './precheck-expose.ts'
import type { ExposeSpec } from './sensitive-expose.ts'

const ALL = ['tunnels.create', 'tunnels.list', 'settings.read']
const FREE = {
  publicAccess: 'allowed',
  allowedNames: null,
  allowedPorts: null,
  allowedKinds: null,
  maxTokenSeconds: null,
}

interface Said {
  readonly permissions?: readonly string[]
  readonly kind?: 'login' | 'project'
  readonly settings?: object
  readonly tunnels?: readonly object[]
}

let server: Server | undefined
let asked: string[] = []
afterEach(async () => {
  server?.closeAllConnections()
  await new Promise((done) => server?.close(done))
})

/** A server that says who asks, and what its project is set to. */
const serve = async ({ permissions = ALL, kind = 'login', settings = {}, tunnels = [] }: Said) => {
  asked = []
  const answers: readonly (readonly [RegExp, unknown])[] = [
    [
      /^\/api\/whoami/,
      { kind, credentialId: 'crd_own', permissions, project: { id: 'prj_1', endpoint: 'dev', workspaceId: 'w' } },
    ],
    [/^\/api\/projects\/prj_1\/settings$/, { settings: { ...FREE, ...settings }, changed: [] }],
    [/tunnels/, { tunnels, cursor: null }],
  ]
  server = createServer((request, response) => {
    asked.push(String(request.url))
    const found = answers.find(([path]) => path.test(String(request.url)))
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(found?.[1] ?? {}))
  })
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, token: 'tow_a_b' }
}

const HTTP: ExposeSpec = { kind: 'http', target: { port: 3000 } }
const check = async (said: Said, spec: ExposeSpec, options: PrecheckOptions = {}) =>
  await precheckExpose(await serve(said), spec, options).then(
    () => 'fine',
    ({ code, details }) => [code, details.problem ?? details.permission ?? details.name],
  )

describe('guard precheck of an exposure', () => {
  it.each([
    ['a credential that may not', { permissions: ['tunnels.list'] }, HTTP, ['FORBIDDEN', 'tunnels.create']],
    [
      'a kind that is not allowed',
      { settings: { allowedKinds: ['http'] } },
      { ...HTTP, kind: 'tcp' },
      ['POLICY_REFUSED', 'tunnels of kind tcp are not allowed; this would be let through: kind http'],
    ],
    [
      'what has to ask for a token',
      { settings: { publicAccess: 'auth-required' } },
      HTTP,
      [
        'POLICY_REFUSED',
        'what is published has to ask for a token; this would be let through: kind http with token auth',
      ],
    ],
    [
      'anything public where nothing may be',
      { settings: { publicAccess: 'forbidden' } },
      HTTP,
      ['POLICY_REFUSED', 'nothing may be published; this would be let through: kind private'],
    ],
    [
      'a name outside of those allowed',
      { settings: { allowedNames: ['web', 'preview-*'] } },
      { ...HTTP, name: 'app' },
      ['POLICY_REFUSED', 'names have to be one of web, preview-*; this would be let through: kind http named "web"'],
    ],
    [
      'a port outside of those allowed',
      { settings: { allowedPorts: [{ from: 20_000, to: 20_009 }] } },
      { kind: 'tcp', target: { port: 1 } },
      ['POLICY_REFUSED', 'public ports have to be in 20000-20009; this would be let through: kind tcp on port 20000'],
    ],
  ] as const)('refuses %s', async (_, said, spec, problem) => {
    verifies('guard.plan')
    expect(await check(said, spec)).toEqual(problem)
  })

  it('refuses a reserved name before it asks anybody', async () => {
    verifies('guard.plan')
    expect(await check({}, { ...HTTP, name: 'admin' })).toEqual(['NAME_RESERVED', 'admin'])
    expect(asked).toEqual([])
  })

  it.each([{ kind: 'login' }, { kind: 'project' }] as const)(
    'pushes no tunnel of %j out that is none of its own',
    async (said) => {
      verifies('guard.plan')
      const web = { ...HTTP, name: 'web' }
      const tunnels = [{ id: 'tun_person', name: 'web', owner: 'crd_own' }]
      const [problem] = await check({ ...said, tunnels }, web, { own: new Set(['tun_own']) })
      expect(problem).toBe('OPTION_INVALID')
      expect(await check({ ...said, tunnels }, web, { own: new Set(['tun_person']) })).toBe('fine')
      expect(await check({ ...said, tunnels }, web)).toBe('fine')
    },
  )

  it('lets through what is allowed, and what it cannot look into', async () => {
    expect(await check({}, { ...HTTP, name: 'web' })).toBe('fine')
    expect(await check({ permissions: ['tunnels.create'], settings: { allowedKinds: ['tcp'] } }, HTTP)).toBe('fine')
  })
})
