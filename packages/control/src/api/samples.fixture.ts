/** Owns a good call of every operation of the registry, and the world that those calls name. */
import { LIMITS } from '@towline/protocol'
import { addCheckout } from '../checkout/checkout-store.ts'
import { reserveName } from '../domain/domain-store.ts'
import { manualParams } from '../payment/manual.ts'
import { type ApiFixture, NOW } from './api.fixture.ts'

/** A call that would do. */
export interface Sample {
  readonly path: string
  readonly body?: unknown
}

/** What samples name. */
export interface World {
  readonly workspaceId: string
  readonly projectId: string
  readonly userId: string
  readonly checkoutId: string
  readonly credentialId: string
  readonly fingerprint: string
  readonly params: Readonly<Record<string, string>>
}

/** By id of the operation; one that is not here fails the matrix. */
export const SAMPLES: Readonly<Record<string, (world: World) => Sample>> = {
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

/** What samples name is made anew. */
export const worldOf = async (fixture: ApiFixture, ownerToken: string): Promise<World> => {
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
