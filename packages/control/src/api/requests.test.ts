/** Proves how requests are read, that errors say what to do, and that rights are the intersection of all that bounds a caller. */
import { createHmac } from 'node:crypto'
import { ALL_PERMISSIONS, covers, LIMITS, type Permission, permissionsOfRole, ROLES } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ApiFixture, NOW, openApiFixture, type Person } from './api.fixture.ts'
import { perform } from './perform.ts'
import { OPERATIONS } from './registry.ts'

let fixture: ApiFixture
let owner: Person
beforeEach(async () => {
  fixture = await openApiFixture()
  owner = await fixture.person('owner')
})
afterEach(() => fixture.close())

describe('control api requests: refusals', () => {
  it('refuses bodies that are no JSON object, are told to be something else, are too long or hold more than is known', async () => {
    verifies('api.problem', 'limits.table')
    const ask = (body: unknown, headers?: Record<string, string>) =>
      fixture.ask('PATCH', '/projects/demo', { token: owner.token, body, headers })
    const told = []
    for (const [body, headers] of [
      ['{', undefined],
      ['[]', undefined],
      ['{"name":"x"}', { 'content-type': 'text/plain' }],
      [{ name: 'x', plan: 'pro' }, undefined],
      [{ name: 'x', projectId: 'prj_other' }, undefined],
      [{ name: 'a\nb' }, undefined],
      [{}, undefined],
      [{ name: 'x'.repeat(LIMITS.apiBodyBytes) }, undefined],
    ] as const) {
      const { status, body: problem } = await ask(body, headers)
      told.push([status, problem.code])
    }
    expect(told).toEqual([...told.slice(0, -1).map(() => [400, 'REQUEST_INVALID']), [413, 'PAYLOAD_TOO_LARGE']])
  })

  it('takes no token from the query, nor two', async () => {
    const inQuery = await fixture.ask('GET', `/whoami?towline.token=${owner.token}`)
    expect([inQuery.status, inQuery.body.code]).toEqual([401, 'QUERY_TOKEN_REFUSED'])
    const headers = { authorization: `Bearer ${owner.token}, Bearer ${owner.token}` }
    expect((await fixture.ask('GET', '/whoami', { headers })).body.code).toBe('PROOF_DUPLICATE')
    for (const authorization of ['Basic eDp5', 'Bearer', owner.token]) {
      expect((await fixture.ask('GET', '/whoami', { headers: { authorization } })).body.code).toBe('UNAUTHENTICATED')
    }
  })

  it('tells every error as a problem: its code, what went wrong, what to do next and the request', async () => {
    verifies('api.problem')
    const { status, body, headers } = await fixture.ask('GET', '/projects/none', { token: owner.token })
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
      404,
      'application/problem+json',
      'no-store',
    ])
    expect(body).toEqual({
      type: '/docs/reference/errors#NOT_FOUND',
      title: 'Not found',
      status: 404,
      detail: 'There is no project "none".',
      instance: '/api/projects/none',
      code: 'NOT_FOUND',
      next: expect.stringContaining('towline project list'),
      retryable: false,
      requestId: headers.get('towline-request-id'),
      details: { what: 'project', id: 'none' },
    })
    expect((await fixture.ask('GET', '/nothing', { token: owner.token })).body.code).toBe('PAGE_UNKNOWN')
  })

  it('says nothing of an error of ours but its id', async () => {
    const { api, close } = await openApiFixture({ identify: () => Promise.reject(new Error('a secret path')) })
    const answer = await api.request('/api/whoami', { headers: { authorization: 'Bearer x' } })
    const text = await answer.text()
    expect([answer.status, text.includes('secret'), JSON.parse(text).details.id]).toEqual([
      500,
      false,
      expect.stringMatching(/^err_/),
    ])
    await close()
  })

  it('lets pages of any origin call with a token of their own, and read why they were turned away', async () => {
    const preflight = await fixture.api.request('/api/projects', {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'GET' },
    })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
    const { headers } = await fixture.ask('GET', '/whoami', { headers: { origin: 'https://app.example' } })
    expect(headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
  })
})

describe('control api rights', () => {
  it('are the intersection of what was granted and what the role gives, for every operation at once', async () => {
    verifies('token.monotone')
    const ops = OPERATIONS.filter(({ at, risk }) => at === 'project' && risk === 'read')
    const caller = { credentialId: 'crd_x', rootCredentialId: 'crd_x', userId: owner.userId, resources: null }
    const people = new Map<string, string>()
    for (const role of ROLES) people.set(role, (await fixture.person(role)).userId)
    await fc.assert(
      fc.asyncProperty(
        fc.subarray<Permission>(ALL_PERMISSIONS),
        fc.constantFrom(...ROLES),
        async (permissions, role) => {
          for (const op of ops) {
            const both = [permissions, permissionsOfRole(role)]
            const allowed = both.every((held) => op.rules.every((rule) => covers(held, rule)))
            const input = op.input.parse({ projectId: 'demo' })
            const call = { caller: { ...caller, userId: people.get(role), permissions }, requestId: 'req_x', input }
            const answer = await perform(op, call, fixture.deps).then(
              () => 'done',
              (error: { code: string }) => error.code,
            )
            expect([op.id, answer]).toEqual([op.id, allowed ? 'done' : 'FORBIDDEN'])
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  it('end at the resource boundary: what is out of it is not there, or may not be changed', async () => {
    verifies('token.resources')
    const identify = fixture.deps.identify
    const bounded = await openApiFixture({
      identify: async (token) => ({ ...(await identify(token)), resources: { projects: ['prj_other'] } }),
    })
    const { token } = owner
    expect((await bounded.ask('GET', '/projects/demo', { token })).status).toBe(404)
    await bounded.close()
  })
})

describe('control api settings and TURN', () => {
  it('refuses settings that mean nothing, and tells what is not by default', async () => {
    verifies('project.settings')
    const path = '/projects/demo/settings'
    const patch = (body: object) => fixture.ask('PATCH', path, { token: owner.token, body })
    for (const body of [
      { publicAccess: 'sometimes' },
      { allowedNames: [] },
      { allowedNames: ['We*b'] },
      { allowedPorts: [{ from: 3000, to: 2000 }] },
      { allowedPorts: [{ from: 80, to: 80 }] },
      { allowedKinds: ['quic'] },
      { maxTokenSeconds: 0 },
      { unknown: true },
    ]) {
      expect((await patch(body)).body.code).toBe('REQUEST_INVALID')
    }
    const defaults = { allowedNames: null, allowedPorts: null, allowedKinds: null, maxTokenSeconds: null }
    const changed = await patch({ publicAccess: 'auth-required', allowedNames: ['web', 'pre-*'] })
    expect(changed.body).toEqual({
      settings: { ...defaults, publicAccess: 'auth-required', allowedNames: ['web', 'pre-*'] },
      changed: ['publicAccess', 'allowedNames'],
    })
    expect((await patch({ allowedNames: null })).body.changed).toEqual(['publicAccess'])
    const reset = await fixture.ask('DELETE', path, { token: owner.token })
    expect(reset.body).toEqual({ settings: { ...defaults, publicAccess: 'allowed' }, changed: [] })
  })

  it('gives TURN credentials that end, as coturn checks them; or says that there is no TURN server', async () => {
    verifies('api.turn')
    const body = { projectId: 'demo', ttlSeconds: 600 }
    const none = await fixture.ask('POST', '/turn/credentials', { token: owner.token, body })
    expect([none.status, none.body.code]).toEqual([501, 'TURN_UNCONFIGURED'])
    const turn = { urls: ['turn:turn.example.com:3478'], secret: 'north' } as const
    const served = await openApiFixture({ turn })
    const { token } = await served.person('member')
    const answer = await served.ask('POST', '/turn/credentials', { token, body })
    const username = `${NOW + 600}:${served.project.id}`
    expect(answer.body).toEqual({
      username,
      credential: createHmac('sha1', 'north').update(username).digest('base64'),
      urls: turn.urls,
      ttlSeconds: 600,
      expiresAt: NOW + 600,
    })
    const { username: user, credential } = answer.body
    expect(asCoturn('foobar', 1_599_491_770)('1599491771', 'Tpz/nKkyvX/vMSLKvL4sbtBt8Vs='), 'as others made it').toBe(
      'ok',
    )
    expect(asCoturn('north', NOW + 599)(user, credential)).toBe('ok')
    expect(asCoturn('north', NOW + 601)(user, credential)).toBe('over')
    expect(asCoturn('south', NOW)(user, credential)).toBe('wrong')
    expect(asCoturn('north', NOW)(user.replace(`${NOW + 600}`, `${NOW + 6000}`), credential), 'longer').toBe('wrong')
    const long = await served.ask('POST', '/turn/credentials', { token, body: { ...body, ttlSeconds: 3601 } })
    expect(long.body.code).toBe('REQUEST_INVALID')
    await served.close()
  })
})

/** What coturn does with `use-auth-secret` (src/server/ns_turn_server.c, src/apps/relay/userdb.c): the time first, then the HMAC. */
const asCoturn =
  (secret: string, now: number) =>
  (username: string, password: string): string => {
    const until = Number(username.split(':')[0])
    if (until < now) return 'over'
    return createHmac('sha1', secret).update(username).digest('base64') === password ? 'ok' : 'wrong'
  }
