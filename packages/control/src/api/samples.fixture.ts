/** Owns a good call of every operation of the registry, and the world that those calls name. */
import { LIMITS } from '@towline/protocol'
import { decideApproval } from '../approval/approval-store.ts'
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
  readonly approvalId: string
  readonly params: Readonly<Record<string, string>>
}

const HASH = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'

/** One that a person may be asked. */
export const QUESTION = {
  tool: 'towline_local_tunnel_expose',
  fingerprint: HASH,
  summary: 'Publish port 3000 of this machine',
  request: '{"port":3000}',
  agent: 'codex-mcp-client',
  thread: 'thread-1',
  target: 'laptop',
} as const

/** One that a workstation may tell. */
export const CALL = {
  id: 'cal_0001abcd',
  at: NOW - 5,
  agent: 'codex-mcp-client',
  agentVersion: '0.1.0',
  thread: 'thread-1',
  turn: 'turn-1',
  callId: 'call-1',
  tool: 'towline_local_tunnel_expose',
  target: 'web',
  argumentsHash: HASH,
  decision: 'approved',
  decidedBy: 'page',
  durationMs: 42,
} as const

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
  'approvals.ask': () => ({ path: '/approvals', body: QUESTION }),
  'approvals.read': ({ approvalId }) => ({ path: `/approvals/${approvalId}` }),
  'approvals.use': ({ approvalId }) => ({ path: `/approvals/${approvalId}/use`, body: { fingerprint: HASH } }),
  'agent-calls.tell': ({ projectId }) => ({ path: '/audit/agent-calls', body: { calls: [{ ...CALL, projectId }] } }),
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
  const question = await ask('POST', '/approvals', { token: ownerToken, body: QUESTION })
  const approvalId = question.body.id as string
  await decideApproval(db, approvalId, { status: 'approved', by: 'usr_owner', now: NOW })
  return {
    ...{ workspaceId, projectId: project.id, userId, checkoutId: checkout.id, credentialId },
    ...{ fingerprint, params, approvalId },
  }
}
