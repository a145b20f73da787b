/** Proves the hosted MCP endpoint on a whole server: a login for it, what it may do, and that a person allows each change. */
import { type Browser, openSystem, type System, verifies } from '@towline/testkit'
import * as oc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, decide, discoverCli, enterCode, poll, startDevice, wordsOf } from '../oauth/login.ts'

const SCOPE = 'mcp projects.read projects.manage'

describe('hosted mcp', () => {
  let system: System
  let ada: Browser
  let cli: oc.Configuration
  beforeAll(async () => {
    system = await openSystem({ site: { api: { domain: 'localhost' } } })
    ada = await becomeOwner(system)
    cli = await discoverCli(system)
  })
  afterAll(() => system?.close())

  const logIn = async (resource: string): Promise<oc.TokenEndpointResponse> => {
    const device = await startDevice(cli, { scope: SCOPE, resource: `${system.site.publicUrl}${resource}` })
    await decide(ada, await enterCode(ada, device.verification_uri_complete as string))
    const tokens = await poll(cli, device.device_code)
    if (typeof tokens === 'string') throw new Error(tokens)
    return tokens
  }
  const call = async (token: string, name: string, args: object = {}) => {
    const answer = await fetch(`${system.site.publicUrl}/api/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } }),
    })
    const [, data = '{}'] = /^data: (.*)$/m.exec(await answer.text()) ?? []
    const { result } = JSON.parse(data) as { result?: { structuredContent: Record<string, string> } }
    return { status: answer.status, told: result?.structuredContent ?? {} }
  }

  it('lets a client register that names the scopes it will ask for', async () => {
    const answer = await fetch(`${system.site.publicUrl}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['http://127.0.0.1:1/callback'], scope: `${SCOPE} offline_access` }),
    })
    expect([answer.status, await answer.json()]).toEqual([
      201,
      expect.not.objectContaining({ scope: expect.anything() }),
    ])
  })

  it('takes no login that was made for another resource', async () => {
    verifies('hosted-mcp.bearer')
    const { access_token } = await logIn('/api')
    expect((await call(access_token, 'towline_whoami')).status).toBe(401)
  })

  it('changes something once the person allowed it on the page, and ends with the login', async () => {
    verifies('hosted-mcp.bearer', 'hosted-mcp.tools')
    const { access_token } = await logIn('/api/mcp')
    expect((await call(access_token, 'towline_whoami')).told).toMatchObject({ kind: 'login', agent: 'towline-cli' })
    const { projectId } = system
    const change = { projectId, name: 'Named by an agent' }
    const asked = (await call(access_token, 'towline_project_update', change)).told
    expect(asked).toMatchObject({ approvalRequired: true })
    const page = await ada.open(asked['approveUrl'] as string)
    expect(wordsOf(page)).toContain('Rename a project')
    expect(wordsOf(await ada.submit(page, '/approve/', { decision: 'allow' }))).toContain('Allowed')
    const done = await call(access_token, 'towline_project_update', { ...change, approvalId: asked['approvalId'] })
    expect(done.told).toMatchObject({ name: 'Named by an agent' })

    await oc.tokenRevocation(cli, access_token)
    expect((await call(access_token, 'towline_project_get', { projectId })).status).toBe(401)
  })
})
