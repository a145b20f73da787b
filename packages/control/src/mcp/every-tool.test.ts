/** Proves each tool that is an operation: a change asks a person first, and every answer is as the tool's schema says. */
import { verifies } from '@towline/testkit/verifies'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NOW } from '../api/api.fixture.ts'
import { OPERATIONS } from '../api/registry.ts'
import { addCheckout } from '../checkout/checkout-store.ts'
import { manualParams } from '../payment/manual.ts'
import { type McpFixture, openMcpFixture, type Told } from './mcp.fixture.ts'

interface World {
  readonly workspaceId: string
  readonly projectId: string
  readonly userId: string
  readonly checkoutId: string
  readonly params: Readonly<Record<string, string>>
  readonly credentialId: string
  readonly creationFingerprint: string
}

type Args = (world: World) => object
const nothing: Args = () => ({})
const project: Args = ({ projectId }) => ({ projectId })

/** A good call of each, in an order in which all can be done. */
const CALLS: Readonly<Record<string, Args>> = {
  towline_whoami: nothing,
  towline_workspace_list: nothing,
  towline_workspace_get: ({ workspaceId }) => ({ workspaceId }),
  towline_member_list: ({ workspaceId }) => ({ workspaceId }),
  towline_member_add: ({ workspaceId }) => ({ workspaceId, email: 'new@example.com', role: 'viewer' }),
  towline_member_set_role: ({ workspaceId, userId }) => ({ workspaceId, userId, role: 'viewer' }),
  towline_member_remove: ({ workspaceId, userId }) => ({ workspaceId, userId }),
  towline_project_list: nothing,
  towline_project_get: project,
  towline_project_resolve: () => ({ host: 'web.demo.towline.example' }),
  towline_project_creation_options: ({ workspaceId }) => ({ workspaceId }),
  towline_project_create: ({ workspaceId, creationFingerprint }) => ({
    ...{ workspaceId, creationFingerprint, name: 'Second', plan: 'free', idempotencyKey: 'k1' },
  }),
  towline_project_update: ({ projectId }) => ({ projectId, name: 'Renamed' }),
  towline_checkout_get: ({ checkoutId }) => ({ checkoutId }),
  towline_checkout_return: ({ checkoutId, params }) => ({ checkoutId, params }),
  towline_project_settings_get: project,
  towline_project_settings_update: ({ projectId }) => ({ projectId, publicAccess: 'forbidden' }),
  towline_project_settings_reset: project,
  towline_project_logs: project,
  towline_project_usage: project,
  towline_audit_list: project,
  towline_token_list: project,
  towline_token_create: ({ projectId }) => ({ projectId, name: 'ci', permissions: ['tunnels.create'] }),
  towline_token_delegate: ({ projectId }) => ({ projectId, permissions: ['tunnels.list'], ttlSeconds: 60 }),
  towline_token_rotate: ({ credentialId }) => ({ credentialId }),
  towline_token_revoke: ({ credentialId }) => ({ credentialId }),
  towline_project_domain_list: project,
  towline_project_domain_add: ({ projectId }) => ({ projectId, name: 'fresh' }),
  towline_project_domain_remove: ({ projectId }) => ({ projectId, name: 'fresh' }),
  towline_turn_credentials_create: project,
  towline_project_delete: project,
}

const TOOLS = OPERATIONS.flatMap((op) => (op.mcp ? [[op.mcp.name, op.risk === 'read'] as const] : []))
const FORM = { elicitation: { form: {} } }
const YES = { inputResponses: { confirm: { action: 'accept', content: { confirm: true } } } }

const worldOf = async (mcp: McpFixture, token: string): Promise<World> => {
  const { db, workspaceId, project: own } = mcp
  const { userId } = await mcp.person('member')
  const { id: credentialId } = await mcp.credential()
  const request = { workspaceId, name: 'Paid', plan: 'pro' }
  const paid = { workspaceId, plan: 'pro', fingerprint: 'f', request, now: NOW, expiresAt: NOW + 3600 }
  const checkout = await addCheckout(db, paid)
  const params = await manualParams(db, { checkout, outcome: 'completed', now: NOW })
  const { body } = await mcp.ask('GET', `/workspaces/${workspaceId}/creation-options`, { token })
  const { creationFingerprint } = body as { creationFingerprint: string }
  return { workspaceId, projectId: own.id, userId, checkoutId: checkout.id, params, credentialId, creationFingerprint }
}

describe('mcp tool', () => {
  let mcp: McpFixture
  let token: string
  let world: World
  let schemas: ReadonlyMap<string, object>

  beforeAll(async () => {
    mcp = await openMcpFixture({ turn: { urls: ['turn:turn.example.com:3478'], secret: 'turn secret' } })
    token = (await mcp.person('owner')).token
    world = await worldOf(mcp, token)
    const { tools } = (await mcp.rpc('tools/list')).body.result
    schemas = new Map(tools.map(({ name, outputSchema }: Told) => [name, outputSchema]))
  })
  afterAll(() => mcp.close())

  it('has a good call of every operation', () => {
    expect(Object.keys(CALLS).toSorted()).toEqual(TOOLS.map(([name]) => name).toSorted())
  })

  it.each(Object.entries(CALLS))('%s does what it says, a change only once a person allowed it', async (name, args) => {
    verifies('hosted-mcp.tools')
    const call = async (more: object = {}): Promise<Told> =>
      (await mcp.tool(name, args(world), { token, capabilities: FORM, more })).body.result
    const first = await call()
    const reads = TOOLS.find(([one]) => one === name)?.[1]
    expect(first.resultType).toBe(reads ? 'complete' : 'input_required')
    const { structuredContent, isError, content } = reads
      ? first
      : await call({ requestState: first.requestState, ...YES })
    expect([isError, isError && content]).toEqual([undefined, undefined])
    const check = new Ajv2020({ strict: false, validateFormats: false }).compile(schemas.get(name) as object)
    expect([check(structuredContent), check.errors]).toEqual([true, null])
  })

  it('answers a repeated call with a key as it did, without asking for the work twice', async () => {
    const { creationFingerprint } = (
      await mcp.tool('towline_project_creation_options', { workspaceId: world.workspaceId }, { token })
    ).body.result.structuredContent
    const args = {
      workspaceId: world.workspaceId,
      creationFingerprint,
      name: 'Third',
      plan: 'free',
      idempotencyKey: 'k3',
    }
    const call = async (more: object = {}): Promise<Told> =>
      (await mcp.tool('towline_project_create', args, { token, capabilities: FORM, more })).body.result
    const { requestState } = await call()
    const made = await call({ requestState, ...YES })
    expect(made.isError).toBeUndefined()
    expect((await call({ requestState, ...YES })).structuredContent).toEqual(made.structuredContent)
  })
})
