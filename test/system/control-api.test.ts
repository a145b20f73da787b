/** Proves the control API as programs meet it: with logins of people, over the wire, to the end of what they open. */
import { randomUUID } from 'node:crypto'
import { type Browser, openHttpService, openSystem, startUp, type System, verifies, visit } from '@towline/testkit'
import * as oc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, invite, logIn, poll, startDevice, decide, enterCode, discoverCli } from './oauth/login.ts'

const PLANS = [
  { id: 'free', name: 'Free' },
  { id: 'pro', name: 'Pro', price: { amount: 9, currency: 'EUR', per: 'month' } },
] as const
const SCOPE = 'workspaces.read members.read members.manage projects.read projects.create projects.manage audit.read'

/** Tests look into it as they know it. */
// oxlint-disable-next-line typescript/no-explicit-any -- each test reads the answer whose shape it proves
type Body = any

describe('control api', () => {
  let system: System
  let ada: Browser
  let token: string
  beforeAll(async () => {
    system = await openSystem({ site: { api: { domain: 'localhost', plans: PLANS } } })
    ada = await becomeOwner(system)
    token = (await logIn(system, ada, undefined, SCOPE)).tokens.access_token
  })
  afterAll(() => system?.close())

  const call = async (
    method: string,
    path: string,
    body?: unknown,
    as = token,
  ): Promise<{ status: number; body: Body; headers: Headers }> => {
    const answer = await fetch(`${system.site.publicUrl}/api${path}`, {
      method,
      headers: {
        authorization: `Bearer ${as}`,
        'idempotency-key': randomUUID(),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: await answer.json(), headers: answer.headers }
  }

  const create = async (name: string, plan = 'free') => {
    const { body } = await call('GET', '/workspaces/wsp_first/creation-options')
    const { creationFingerprint } = body
    return call('POST', '/projects', { workspaceId: 'wsp_first', name, plan, creationFingerprint })
  }

  it('turns away tokens for another audience, cookies, and logins that have ended', async () => {
    verifies('api.rules', 'oauth.revoke')
    const cli = await discoverCli(system)
    const resource = `${system.site.publicUrl}/api/mcp`
    const device = await startDevice(cli, { scope: 'projects.read mcp', resource })
    await decide(ada, await enterCode(ada, device.verification_uri_complete as string))
    const mcp = await poll(cli, device.device_code)
    if (typeof mcp === 'string') throw new Error(mcp)
    expect((await call('GET', '/whoami', undefined, mcp.access_token)).status).toBe(401)
    const byCookie = await fetch(`${system.site.publicUrl}/api/whoami`, {
      headers: { cookie: ada.cookie(system.site.publicUrl) },
    })
    expect([byCookie.status, byCookie.headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer resource_metadata="${system.site.publicUrl}/.well-known/oauth-protected-resource/api"`,
    ])
    const other = await logIn(system, ada, undefined, 'projects.read')
    expect((await call('GET', '/whoami', undefined, other.tokens.access_token)).status).toBe(200)
    await oc.tokenRevocation(other.cli, other.tokens.refresh_token ?? other.tokens.access_token)
    expect((await call('GET', '/whoami', undefined, other.tokens.access_token)).status).toBe(401)
  })

  it('tells a login who it is, and lets it make a project with what was ticked', async () => {
    verifies('project.crud', 'project.create.idempotent')
    const { body } = await call('GET', '/whoami')
    expect(body).toMatchObject({ kind: 'login', user: { email: 'ada@example.test' }, agent: 'towline-cli' })
    const made = await create('Made by an agent')
    expect([made.status, made.body.project.endpoint]).toEqual([201, 'made-by-an-agent'])
    const read = await call('GET', '/projects/made-by-an-agent')
    expect(read.body).toEqual(made.body.project)
    const settings = await call('GET', '/projects/made-by-an-agent/settings')
    expect([settings.status, settings.headers.get('www-authenticate')]).toEqual([
      403,
      expect.stringContaining('error="insufficient_scope", scope="settings.read"'),
    ])
    expect((await call('DELETE', '/projects/made-by-an-agent')).status).toBe(200)
    expect((await call('GET', '/projects/made-by-an-agent')).status).toBe(404)
  })

  it('invites a person by a link that works, who sees what the role gives, until removed', async () => {
    verifies('workspace.members')
    const added = await call('POST', '/workspaces/wsp_first/members', { email: 'bo@example.test', role: 'viewer' })
    expect(added.body).toMatchObject({ invited: true, member: { role: 'viewer' } })
    const bo = await invite(system, 'cy@example.test', 'viewer')
    const login = await logIn(system, bo, undefined, 'projects.read projects.manage')
    const as = login.tokens.access_token
    expect((await call('GET', '/projects/dev', undefined, as)).status).toBe(200)
    expect((await call('PATCH', '/projects/dev', { name: 'Mine' }, as)).body.code).toBe('FORBIDDEN')
    const { body } = await call('GET', '/workspaces/wsp_first/members')
    const { userId } = body.members.find(({ email }: { email: string }) => email === 'cy@example.test')
    expect((await call('DELETE', `/workspaces/wsp_first/members/${userId}`)).status).toBe(200)
    expect((await call('GET', '/projects/dev', undefined, as)).status).toBe(404)
  })

  it('makes a charged project when its admin says on the checkout page that it was paid', async () => {
    verifies('project.checkout')
    const begun = await create('Paid', 'pro')
    expect(begun.body).toMatchObject({ action: 'checkout', checkout: { status: 'open' } })
    const { id, url } = begun.body.checkout
    const page = await ada.submit(await ada.open(url), '/checkout/', { outcome: 'completed' })
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('was paid, and its project is made.')])
    expect((await call('GET', `/checkouts/${id}`)).body).toMatchObject({ status: 'completed' })
    expect((await call('GET', '/projects/paid')).body).toMatchObject({ plan: 'pro' })
  })

  it('keeps all of it in the audit trail, by person, client and target', async () => {
    verifies('audit.log')
    const { body } = await call('GET', '/audit?workspaceId=wsp_first&limit=200')
    const who = await call('GET', '/whoami')
    const told = body.records.map((record: Record<string, string>) => [
      record['action'],
      record['userId'],
      record['agent'],
    ])
    const userId = who.body.user.id
    for (const action of ['projects.create', 'projects.delete', 'members.add', 'members.remove']) {
      expect(told).toContainEqual([action, userId, 'towline-cli'])
    }
    expect(told).toContainEqual(['checkouts.return', userId, undefined])
  })

  it('tells what tunnels did: their requests, their life and their use', async () => {
    verifies('project.logs', 'project.usage')
    const service = await openHttpService((_request, response) => void response.end('hello'))
    const hosted = await system.serve({ kind: 'http', name: 'web', labels: { env: 'test' } }, service.port)
    expect((await visit({ to: hosted.tunnel.url, path: '/a?secret=1' })).status).toBe(200)
    hosted.close()
    await service.close()
    const as = system.token
    const logs = await call('GET', '/projects/dev/logs?labels=env%3Dtest', undefined, as)
    const told = logs.body.entries.map(({ kind, path, status, message }: Record<string, string>) => [
      kind,
      path,
      status,
      message,
    ])
    expect(told.toReversed()).toEqual([
      ['lifecycle', undefined, undefined, 'opened'],
      ['request', '/a', 200, undefined],
      ['lifecycle', undefined, undefined, 'ended: closed'],
    ])
    const usage = await call('GET', '/projects/dev/usage', undefined, as)
    expect(usage.body.totals).toMatchObject({ requests: 1, connections: 1, bytes: expect.any(Number) })
  })
})

describe('control api of the bundled server', () => {
  it('answers its document before anything else was loaded, and the engine API after it', async () => {
    verifies('api.openapi')
    await using up = await startUp()
    const { body: control, status } = await json(up.port, '/api/openapi.json')
    expect([status, control.info.title]).toEqual([200, 'Towline control API'])
    expect(control.paths['/api/projects'].post['x-towline-required-rules']).toContainEqual({
      resource: 'control.projects',
      action: 'create',
    })
    expect((await json(up.port, '/api/engine/openapi.json')).status).toBe(200)
    expect((await json(up.port, '/api/whoami')).body.code).toBe('UNAUTHENTICATED')
  })
})

const json = async (port: number, path: string): Promise<{ status: number; body: Body }> => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`)
  return { status: answer.status, body: await answer.json() }
}
