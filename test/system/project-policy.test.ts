/** Proves that every setting of a project binds, by whichever way one tries to get past it, and that kept names are kept. */
import type { TunnelSpec } from '@towline/protocol'
import { openEcho, openSystem, type Service, type System, unusedPort, verifies } from '@towline/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

/** Tests look into it as they know it. */
// oxlint-disable-next-line typescript/no-explicit-any -- each test reads the answer whose shape it proves
type Body = any

const DONE = 'done'
const YEAR = 365 * 24 * 3600

let system: System
let echo: Service
beforeAll(async () => {
  ;[system, echo] = await Promise.all([openSystem({ site: { api: { domain: 'localhost' } } }), openEcho()])
})
afterAll(() => Promise.all([system?.close(), echo?.close()]))

const call = async (
  method: string,
  path: string,
  body?: object,
  token = system.token,
): Promise<{ status: number; body: Body }> => {
  const answer = await system.api(path, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: await answer.json() }
}
/** Opens a tunnel in a session of its own and ends it; answers DONE or the code. */
const open = async (spec: TunnelSpec, token = system.token): Promise<string> => {
  const session = system.session({ token })
  try {
    await system.serve(spec, echo.port, session)
    return DONE
  } catch (error) {
    return (error as { readonly code: string }).code
  } finally {
    await session.close()
  }
}
/** The seconds that what is made has to live, or the code. */
const lifeOf = async (made: Promise<{ status: number; body: Body }>): Promise<number | string> => {
  const { status, body } = await made
  if (status >= 400) return body.code ?? body.error.code
  if (body.expires_in !== undefined) return body.expires_in
  const { expiresAt, createdAt = Math.floor(Date.now() / 1000) } = body.credential ?? body
  return Math.round((expiresAt - createdAt) / 10) * 10
}
const permissions = ['tunnels.list']
const mint = (ttlSeconds: number) => lifeOf(call('POST', '/api/engine/tokens', { permissions, ttlSeconds }))
const issue = (ttlSeconds?: number) =>
  lifeOf(call('POST', '/api/tokens', { projectId: 'dev', name: 'ci', permissions, ttlSeconds }))
const delegate = (ttlSeconds: number) =>
  lifeOf(call('POST', '/api/delegated-tokens', { projectId: 'dev', permissions, ttlSeconds }))
const exchange = async () => {
  const answer = await fetch(`${system.site.publicUrl}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: 'towline-cli',
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token: system.token,
    }),
  })
  return lifeOf(answer.json().then((body: Body) => ({ status: answer.status, body })))
}

/** What is tried, and what comes of it. */
type Tries = readonly (readonly [() => Promise<string | number>, string | number])[]

/** By setting: a value, and what it does to every way around it. A setting that is not here fails below. */
const BINDING: Readonly<Record<string, readonly (readonly [value: unknown, () => Promise<Tries> | Tries])[]>> = {
  publicAccess: [
    [
      'forbidden',
      () => [
        [() => open({ kind: 'http' }), 'POLICY_REFUSED'],
        [() => open({ kind: 'http', tokenAuth: true }), 'POLICY_REFUSED'],
        [() => open({ kind: 'tcp' }), 'POLICY_REFUSED'],
        [() => open({ kind: 'tls' }), 'POLICY_REFUSED'],
        [() => open({ kind: 'private' }), DONE],
      ],
    ],
    [
      'auth-required',
      () => [
        [() => open({ kind: 'http' }), 'POLICY_REFUSED'],
        [() => open({ kind: 'tcp' }), 'POLICY_REFUSED'],
        [() => open({ kind: 'http', tokenAuth: true }), DONE],
        [() => open({ kind: 'private' }), DONE],
      ],
    ],
  ],
  allowedNames: [
    [
      ['web', 'pre-*'],
      () => [
        [() => open({ kind: 'http', name: 'shop' }), 'POLICY_REFUSED'],
        [() => open({ kind: 'private', name: 'shop' }), 'POLICY_REFUSED'],
        [() => open({ kind: 'http' }), 'POLICY_REFUSED'],
        [() => open({ kind: 'http', name: 'web' }), DONE],
        [() => open({ kind: 'private', name: 'pre-1' }), DONE],
      ],
    ],
  ],
  allowedKinds: [
    [
      ['private', 'http'],
      () => [
        [() => open({ kind: 'tcp' }), 'POLICY_REFUSED'],
        [() => open({ kind: 'tls' }), 'POLICY_REFUSED'],
        [() => open({ kind: 'http' }), DONE],
        [() => open({ kind: 'private' }), DONE],
      ],
    ],
  ],
  allowedPorts: [
    [
      [{ from: 20_000, to: 65_535 }],
      async () => {
        const port = await unusedPort()
        return [
          [() => open({ kind: 'tcp', port: 19_999 }), 'POLICY_REFUSED'],
          [() => open({ kind: 'tcp' }), 'POLICY_REFUSED'],
          [() => open({ kind: 'tcp', port }), DONE],
          [() => open({ kind: 'http' }), DONE],
        ]
      },
    ],
  ],
  maxTokenSeconds: [
    [
      600,
      () => [
        [() => mint(YEAR), 'TOKEN_LIFE_REFUSED'],
        [() => mint(601), 'TOKEN_LIFE_REFUSED'],
        [() => issue(601), 'TOKEN_LIFE_REFUSED'],
        [() => delegate(601), 'TOKEN_LIFE_REFUSED'],
        [() => mint(600), 600],
        [() => issue(600), 600],
        [() => delegate(600), 600],
        [() => issue(), 600],
        [() => exchange(), 600],
      ],
    ],
  ],
}

describe('project settings', () => {
  const path = '/api/projects/dev/settings'
  afterEach(async () => expect((await call('DELETE', path)).status).toBe(200))

  it('are each proven to bind', async () => {
    verifies('project.settings')
    const { body } = await call('GET', path)
    expect(Object.keys(body.settings).toSorted()).toEqual(Object.keys(BINDING).toSorted())
  })

  const cases = Object.entries(BINDING).flatMap(([key, values]) =>
    values.map(([value, tries]) => [key, JSON.stringify(value), { [key]: value }, tries] as const),
  )
  it.each(cases)('%s %s binds', async (_key, _value, change, tries) => {
    verifies('project.settings')
    expect((await call('PATCH', path, change)).status).toBe(200)
    const bound = await tries()
    const outcomes = []
    for (const [attempt] of bound) outcomes.push(await attempt())
    expect(outcomes).toEqual(bound.map(([, expected]) => expected))
  })

  it('do not bind what they do not name: without them all of it is allowed', async () => {
    const outcomes = [await open({ kind: 'http', name: 'shop' }), await open({ kind: 'tcp' }), await mint(YEAR)]
    expect(outcomes).toEqual([DONE, DONE, YEAR])
  })

  it('tell who asks for too long a life what to do', async () => {
    await call('PATCH', path, { maxTokenSeconds: 60 })
    const { status, body } = await call('POST', '/api/engine/tokens', { permissions, ttlSeconds: 61 })
    expect([status, body.error]).toEqual([
      403,
      {
        code: 'TOKEN_LIFE_REFUSED',
        message: 'The settings of the project allow a new credential at most 60 seconds.',
        next: 'Ask for a shorter life, or ask an admin of the workspace to change maxTokenSeconds.',
        retryable: false,
        details: { most: 60 },
      },
    ])
  })
})

describe('kept names', () => {
  let other: string
  beforeAll(async () => {
    const { id } = await system.control.ensureProject('other')
    other = (await system.control.createOwnerCredential(id)).token
  })
  const keep = (name: string, token = system.token, project = 'dev') =>
    call('POST', `/api/projects/${project}/domains`, { name }, token)
  const giveUp = (name: string) => call('DELETE', `/api/projects/dev/domains/${name}`)

  it('are refused to other projects when they publish, whatever the kind, and accepted for their own', async () => {
    verifies('project.domains')
    expect((await keep('brand')).body).toMatchObject({ name: 'brand', host: 'brand.dev.localhost' })
    const kinds = ['http', 'tcp', 'tls'] as const
    for (const kind of kinds) expect([kind, await open({ kind, name: 'brand' }, other)]).toEqual([kind, 'NAME_KEPT'])
    for (const kind of kinds) expect([kind, await open({ kind, name: 'brand' })]).toEqual([kind, DONE])
    expect(await open({ kind: 'private', name: 'brand' }, other), 'nobody sees it').toBe(DONE)
    await giveUp('brand')
  })

  it('cannot be kept by a second project, and are free again when they are given up', async () => {
    verifies('project.domains')
    await keep('brand')
    const second = await keep('brand', other, 'other')
    expect([second.status, second.body.code, second.body.detail]).toEqual([
      409,
      'NAME_KEPT',
      'The name "brand" is kept by another project.',
    ])
    expect((await keep('brand')).body.code, 'twice').toBe('SLUG_TAKEN')
    expect((await giveUp('brand')).status).toBe(200)
    expect([await open({ kind: 'http', name: 'brand' }, other), (await giveUp('brand')).status]).toEqual([DONE, 404])
  })

  it('do not end what another project has live: it stays, and is refused once it was ended', async () => {
    verifies('project.domains')
    const session = system.session({ token: other })
    const hosted = await system.serve({ kind: 'http', name: 'live' }, echo.port, session)
    expect((await keep('live')).status).toBe(201)
    expect(await open({ kind: 'http', name: 'live' }), 'its own project has another host name').toBe(DONE)
    expect(hosted.status).toBe('online')
    await session.close()
    expect(await open({ kind: 'http', name: 'live' }, other)).toBe('NAME_KEPT')
    await giveUp('live')
  })

  it('are bounded in number, and refuse what is no name', async () => {
    verifies('project.domains', 'limits.table')
    await using small = await openSystem({ limits: { reservedNames: 2 }, site: { api: { domain: 'localhost' } } })
    const codes = []
    for (const name of ['a', 'b', 'c', 'www', 'A B']) {
      const body = JSON.stringify({ name })
      const headers = { 'content-type': 'application/json' }
      const answer = await small.api('/api/projects/dev/domains', { method: 'POST', headers, body })
      codes.push(answer.ok ? DONE : ((await answer.json()) as { code: string }).code)
    }
    expect(codes).toEqual([DONE, DONE, 'LIMIT_REACHED', 'NAME_RESERVED', 'NAME_INVALID'])
  })
})
