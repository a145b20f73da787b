/**
 * Proves, for every operation of the registry, who is turned away and in which words: generated, so that no operation can
 * be added without it.
 */
import { ALL_PERMISSIONS, covers, LIMITS, type Permission } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addCheckout } from '../checkout/checkout-store.ts'
import { revokeTree } from '../credential/revoke.ts'
import { reserveName } from '../domain/domain-store.ts'
import { manualParams } from '../payment/manual.ts'
import { addProject } from '../project/project-store.ts'
import { addUser } from '../user/user-store.ts'
import { addWorkspace } from '../workspace/workspace-store.ts'
import { type Answer, type ApiFixture, NOW, openApiFixture } from './api.fixture.ts'
import { scopesOf } from './document.ts'
import type { Operation } from './operation.ts'
import { OPERATIONS } from './registry.ts'

/** A call that would do. */
interface Sample {
  readonly path: string
  readonly body?: unknown
}

/** What samples name. */
interface World {
  readonly workspaceId: string
  readonly projectId: string
  readonly userId: string
  readonly checkoutId: string
  readonly credentialId: string
  readonly fingerprint: string
  readonly params: Readonly<Record<string, string>>
}

/** A good call of each operation; one that is not here fails below. */
const SAMPLES: Readonly<Record<string, (world: World) => Sample>> = {
  whoami: () => ({ path: '/whoami' }),
  'workspaces.list': () => ({ path: '/workspaces' }),
  'workspaces.read': ({ workspaceId }) => ({ path: `/workspaces/${workspaceId}` }),
  'members.list': ({ workspaceId }) => ({ path: `/workspaces/${workspaceId}/members` }),
  'members.add': ({ workspaceId }) => ({
    path: `/workspaces/${workspaceId}/members`,
    body: { email: 'new@example.com', role: 'viewer' },
  }),
  'members.set-role': ({ workspaceId, userId }) => ({
    path: `/workspaces/${workspaceId}/members/${userId}`,
    body: { role: 'viewer' },
  }),
  'members.remove': ({ workspaceId, userId }) => ({ path: `/workspaces/${workspaceId}/members/${userId}` }),
  'projects.list': () => ({ path: '/projects' }),
  'projects.read': ({ projectId }) => ({ path: `/projects/${projectId}` }),
  'projects.resolve': () => ({ path: '/endpoints/web.demo.towline.example' }),
  'projects.options': ({ workspaceId }) => ({ path: `/workspaces/${workspaceId}/creation-options` }),
  'projects.create': ({ workspaceId, fingerprint }) => ({
    path: '/projects',
    body: { workspaceId, name: 'Second', plan: 'free', creationFingerprint: fingerprint },
  }),
  'projects.rename': ({ projectId }) => ({ path: `/projects/${projectId}`, body: { name: 'Renamed' } }),
  'projects.delete': ({ projectId }) => ({ path: `/projects/${projectId}` }),
  'checkouts.read': ({ checkoutId }) => ({ path: `/checkouts/${checkoutId}` }),
  'checkouts.return': ({ checkoutId, params }) => ({ path: `/checkouts/${checkoutId}/return`, body: { params } }),
  'checkouts.settle': ({ checkoutId }) => ({ path: `/checkouts/${checkoutId}/settle`, body: { outcome: 'completed' } }),
  'settings.read': ({ projectId }) => ({ path: `/projects/${projectId}/settings` }),
  'settings.change': ({ projectId }) => ({
    path: `/projects/${projectId}/settings`,
    body: { publicAccess: 'forbidden', allowedNames: null },
  }),
  'settings.reset': ({ projectId }) => ({ path: `/projects/${projectId}/settings` }),
  'logs.list': ({ projectId }) => ({ path: `/projects/${projectId}/logs?labels=a%3Db&kind=request&limit=5` }),
  'usage.read': ({ projectId }) => ({ path: `/projects/${projectId}/usage?per=hour` }),
  'audit.list': ({ projectId }) => ({ path: `/audit?projectId=${projectId}` }),
  'audit.export': ({ projectId }) => ({ path: `/audit/export?projectId=${projectId}` }),
  'tokens.list': ({ projectId }) => ({ path: `/tokens?projectId=${projectId}` }),
  'tokens.create': ({ projectId }) => ({
    path: '/tokens',
    body: { projectId, name: 'ci', permissions: ['tunnels.create'] },
  }),
  'tokens.delegate': ({ projectId }) => ({
    path: '/delegated-tokens',
    body: { projectId, permissions: ['tunnels.list'], ttlSeconds: 60 },
  }),
  'tokens.rotate': ({ credentialId }) => ({ path: `/tokens/${credentialId}/rotate` }),
  'tokens.revoke': ({ credentialId }) => ({ path: `/tokens/${credentialId}` }),
  'domains.list': ({ projectId }) => ({ path: `/projects/${projectId}/domains` }),
  'domains.add': ({ projectId }) => ({ path: `/projects/${projectId}/domains`, body: { name: 'fresh' } }),
  'domains.remove': ({ projectId }) => ({ path: `/projects/${projectId}/domains/kept` }),
  'turn.create': ({ projectId }) => ({ path: '/turn/credentials', body: { projectId } }),
}

/** Reads that answer what the caller may see, whoever that is. */
const OPEN = ['whoami', 'workspaces.list', 'projects.list']

const turn = { urls: ['turn:turn.example.com:3478'], secret: 'turn secret' } as const

const worldOf = async (fixture: ApiFixture, ownerToken: string): Promise<World> => {
  const { db, workspaceId, project, person, credential, ask } = fixture
  const { userId } = await person('member')
  const { id: credentialId } = await credential()
  await reserveName(db, project.id, { name: 'kept', now: NOW, limits: LIMITS })
  const request = { workspaceId, name: 'Paid', plan: 'pro' }
  const paid = { workspaceId, plan: 'pro', fingerprint: 'f', request, now: NOW, expiresAt: NOW + 3600 }
  const checkout = await addCheckout(db, paid)
  const params = await manualParams(db, { checkout, outcome: 'completed', now: NOW })
  const { body } = await ask('GET', `/workspaces/${workspaceId}/creation-options`, { token: ownerToken })
  const fingerprint = body.creationFingerprint as string
  return { workspaceId, projectId: project.id, userId, checkoutId: checkout.id, credentialId, fingerprint, params }
}

const lacking = (op: Operation): readonly Permission[] =>
  ALL_PERMISSIONS.filter((permission) => !op.rules.some((rule) => covers([permission], rule)))

const METADATA = 'resource_metadata="https://towline.example/.well-known/oauth-protected-resource/api"'

it('control api matrix: has a good call of every operation', () => {
  expect(Object.keys(SAMPLES).toSorted()).toEqual(OPERATIONS.map(({ id }) => id).toSorted())
})

describe.each(OPERATIONS.map((op) => [op.id, op] as const))('control api matrix: %s', (id, op) => {
  let fixture: ApiFixture
  let owner: string
  let sample: Sample
  beforeAll(async () => {
    fixture = await openApiFixture({ turn })
    owner = (await fixture.person('owner')).token
    sample = SAMPLES[id]?.(await worldOf(fixture, owner)) as Sample
  })
  afterAll(() => fixture.close())

  const call = (token: string | undefined, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => {
    const key = op.idempotency === 'required' ? { 'idempotency-key': 'k1' } : {}
    return fixture.ask(op.method.toUpperCase(), sample.path, {
      token,
      body: sample.body,
      headers: { ...key, ...headers },
    })
  }
  const told = ({ status, body, headers }: Answer) => [status, body.code, headers.get('www-authenticate')]

  it('turns away who shows no token, also one with a cookie', async () => {
    verifies('api.problem')
    const expected = [401, 'UNAUTHENTICATED', `Bearer ${METADATA}`]
    expect(told(await call(undefined))).toEqual(expected)
    expect(told(await call(undefined, { cookie: `towline=${owner}; better-auth.session_token=${owner}` }))).toEqual(
      expected,
    )
  })

  it('turns away tokens that are unknown, of another audience, expired and revoked, all in the same words', async () => {
    const { credential, db, clock } = fixture
    const expiring = await credential({ expiresAt: NOW + 10 })
    const revoked = await credential()
    await revokeTree(db, revoked.id, NOW)
    clock.ms += 10_000
    const answers = [
      await call('unknown'),
      await call('of-another-audience'),
      await call(expiring.token),
      await call(revoked.token),
    ]
    clock.ms -= 10_000
    const expected = [401, 'UNAUTHENTICATED', `Bearer error="invalid_token", ${METADATA}`]
    expect(answers.map(told)).toEqual([expected, expected, expected, expected])
  })

  it('turns away who lacks its permission, and names the least that would help', async () => {
    verifies('api.rules')
    const { token } = await fixture.person('owner', { permissions: id === 'whoami' ? [] : lacking(op) })
    const answer = await call(token)
    const [least] = scopesOf(op)
    const challenge = `Bearer error="insufficient_scope", scope="${least}", ${METADATA}`
    expect(told(answer)).toEqual([403, 'FORBIDDEN', challenge])
  })

  it('turns away whose role does not give it', async () => {
    const { token } = await fixture.person('viewer')
    const viewer = await call(token)
    if (op.risk !== 'read') expect(told(viewer).slice(0, 2)).toEqual([403, 'FORBIDDEN'])
    else expect([200, 403]).toContain(viewer.status)
  })

  it('shows strangers, and credentials of other projects, nothing', async () => {
    const { db, person, credential } = fixture
    const stranger = await addUser(db, { email: 'stranger@example.com', name: 'S', now: NOW })
    const other = await addWorkspace(db, { slug: 'other', name: 'Other', ownerId: stranger.id, now: NOW })
    const elsewhere = await addProject(db, { workspaceId: other.id, slug: 'elsewhere', now: NOW })
    const sibling = await addProject(db, { workspaceId: fixture.workspaceId, slug: 'sibling', now: NOW })
    const tokens = [
      (await person('owner', { workspaceId: other.id })).token,
      (await person(undefined)).token,
      (await credential({ projectId: elsewhere.id })).token,
      (await credential({ projectId: sibling.id })).token,
    ]
    for (const token of tokens) {
      const { status, body } = await call(token)
      if (OPEN.includes(id)) expect([status, JSON.stringify(body).includes(fixture.project.id)]).toEqual([200, false])
      // A credential of a project in the same workspace hears that workspaces are for people.
      else expect([404, token === tokens[3] ? 403 : 404]).toContain(status)
      if (status === 403) expect(body.code).toBe('LOGIN_NEEDED')
    }
    await db.deleteFrom('projects').where('id', '=', sibling.id).execute()
  })

  it('does it for who may, and leaves an audit record of who, what, where and when if it changes something', async () => {
    const answer = await call(owner)
    expect([answer.status, answer.body.code]).toEqual([op.status, undefined])
    const requestId = answer.headers.get('towline-request-id')
    const rows = await fixture.db.selectFrom('audit').selectAll().where('request_id', '=', requestId).execute()
    if (op.risk === 'read') return expect(rows).toEqual([])
    verifies('audit.log')
    const [row, ...more] = rows
    expect(more).toEqual([])
    expect(row).toMatchObject({ action: id, decision: 'allowed', at: NOW, agent: 'towline-cli' })
    expect([row?.user_id, row?.credential_id, row?.target, row?.workspace_id]).not.toContain(null)
  })
})
