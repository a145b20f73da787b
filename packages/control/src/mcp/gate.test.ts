/** Proves who comes in to the hosted MCP endpoint, and what is told to who does not. */
import { AppError } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LEGACY, MODERN, type McpFixture, openMcpFixture } from './mcp.fixture.ts'

let mcp: McpFixture
let owner: string

beforeAll(async () => {
  mcp = await openMcpFixture()
  owner = (await mcp.person('owner')).token
})
afterAll(() => mcp.close())

const METADATA = 'resource_metadata="https://towline.example/.well-known/oauth-protected-resource/api/mcp"'
const ERAS = [MODERN, LEGACY] as const

describe('mcp gate', () => {
  it.each(ERAS)(
    '%s: refuses a protected tool without a token, and says which scopes to ask for and where',
    async (version) => {
      verifies('hosted-mcp.bearer', 'hosted-mcp.public')
      const { status, headers, body } = await mcp.tool('towline_project_list', {}, { version })
      expect([status, headers.get('www-authenticate')]).toEqual([401, `Bearer scope="mcp projects.read", ${METADATA}`])
      expect(body.error).toMatchObject({ code: -32001, data: { code: 'UNAUTHENTICATED' } })
    },
  )

  it.each(ERAS)('%s: answers only discovery tools without a token', async (version) => {
    verifies('hosted-mcp.public')
    const { body } = await mcp.rpc('tools/list', {}, { version })
    const open: string[] = []
    for (const { name } of body.result.tools)
      if ((await mcp.tool(name, {}, { version })).status === 200) open.push(name)
    expect(open).toEqual([
      ...['towline_api_list', 'towline_doc_search', 'towline_doc_read', 'towline_skill_list', 'towline_skill_read'],
      ...['towline_status_get', 'towline_login_explain'],
    ])
  })

  it('refuses a batch that hides a protected call among public ones', async () => {
    verifies('hosted-mcp.bearer')
    const call = (id: number, name: string) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name, arguments: {} },
    })
    const body = JSON.stringify([call(1, 'towline_status_get'), call(2, 'towline_whoami')])
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
    expect((await mcp.send({ method: 'POST', headers, body })).status).toBe(401)
  })

  it.each(ERAS)('%s: refuses messages that are nested without end, of whomever', async (version) => {
    const deep = JSON.parse(`${'{"AND":['.repeat(1_500)}${']}'.repeat(1_500)}`) as object
    const asked = { projectId: 'demo', permissions: ['tunnels.list'], ttlSeconds: 60, resources: deep }
    for (const [tool, args, token] of [
      ['towline_doc_search', { query: deep }, undefined],
      ['towline_token_delegate', asked, owner],
    ] as const) {
      const { status, body } = await mcp.tool(tool, args, { version, token })
      expect([tool, status, body?.error?.data?.code]).toEqual([tool, 400, 'REQUEST_INVALID'])
    }
  })

  it('goes by what the message says, not by its header fields', async () => {
    verifies('hosted-mcp.bearer')
    const headers = { 'mcp-name': 'towline_status_get' }
    expect((await mcp.tool('towline_whoami', {}, { headers })).status).toBe(401)
    expect((await mcp.tool('towline_whoami', {}, { headers, token: owner })).status).toBe(400)
  })

  it('refuses a token that is not good, for public tools too', async () => {
    verifies('hosted-mcp.bearer')
    for (const version of ERAS) {
      const { status, headers } = await mcp.tool('towline_status_get', {}, { version, token: 'unknown' })
      const scope = 'scope="mcp workspaces.read projects.read settings.read domains.read"'
      expect([status, headers.get('www-authenticate')]).toEqual([
        401,
        `Bearer error="invalid_token", ${scope}, ${METADATA}`,
      ])
    }
  })

  it('never counts a cookie, a token in the query, or two tokens', async () => {
    verifies('hosted-mcp.bearer')
    const cookie = await mcp.tool('towline_whoami', {}, { headers: { cookie: `token=${owner}; session=${owner}` } })
    expect(cookie.status).toBe(401)
    const twice = await mcp.tool(
      'towline_whoami',
      {},
      { headers: { authorization: `Bearer ${owner}, Bearer ${owner}` } },
    )
    expect([twice.status, twice.body.error.data.code]).toEqual([400, 'PROOF_DUPLICATE'])
    const request = new Request(`https://towline.example/api/mcp?towline.token=${owner}`, {
      headers: { host: 'towline.example' },
    })
    expect((await mcp.mcp.fetch(request)).status).toBe(401)
  })

  it.each([
    ['a page elsewhere', { origin: 'https://evil.example' }, 403],
    ['an opaque page', { origin: 'null' }, 403],
    ['another name of this machine', { host: 'evil.example' }, 403],
    ['a page of this machine, on a server of the world', { origin: 'http://localhost:3000' }, 403],
    ['our own pages', { origin: 'https://towline.example' }, 200],
  ])('checks Origin and Host: %s', async (_, headers, status) => {
    verifies('hosted-mcp.bearer')
    expect((await mcp.tool('towline_status_get', {}, { headers, token: owner })).status).toBe(status)
  })

  it('lets pages of this machine call a server of this machine', async () => {
    const local = await openMcpFixture({ publicUrl: 'http://localhost:8080' })
    const seen = async (origin: string) => (await local.rpc('tools/list', {}, { headers: { origin } })).status
    expect([await seen('http://127.0.0.1:6274'), await seen('http://web.dev.localhost:8080')]).toEqual([200, 403])
    await local.close()
  })

  it('answers GET with a challenge without a token, and with 405 with one', async () => {
    verifies('hosted-mcp.bearer')
    const without = await mcp.send({ method: 'GET' })
    expect(without.status).toBe(401)
    expect(without.headers.get('www-authenticate')).toContain(METADATA)
    for (const method of ['GET', 'DELETE']) {
      expect((await mcp.send({ method, headers: { authorization: `Bearer ${owner}` } })).status).toBe(405)
    }
  })

  it('answers GET with 405 to a client that came in without a token and looks for a stream', async () => {
    const asked = async (version: string) =>
      (await mcp.send({ method: 'GET', headers: { 'mcp-protocol-version': version } })).status
    expect([await asked('2024-11-05'), await asked('2025-06-18'), await asked('2025-11-25')]).toEqual([401, 405, 405])
  })

  it('answers a preflight, and lets pages read where to log in', async () => {
    const { status, headers } = await mcp.send({ method: 'OPTIONS', headers: { origin: 'https://client.example' } })
    expect(status).toBe(204)
    expect(headers.get('access-control-allow-headers')).toBe(
      'Authorization, Content-Type, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, Last-Event-ID',
    )
    const refused = await mcp.tool('towline_whoami')
    expect(refused.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
    expect(refused.headers.get('access-control-allow-credentials')).toBeNull()
  })

  it.each(ERAS)('%s: asks for all scopes of a tool in one challenge', async (version) => {
    const { token } = await mcp.person('owner', { permissions: ['mcp'] })
    const { status, headers } = await mcp.tool('towline_project_delete', { projectId: 'x' }, { version, token })
    expect(status).toBe(403)
    expect(headers.get('www-authenticate')).toContain('error="insufficient_scope"')
    expect(headers.get('www-authenticate')).toContain(`scope="mcp projects.manage", ${METADATA}`)
  })

  it('asks for mcp too when only the permission of the operation is there', async () => {
    const { token } = await mcp.person('owner', { permissions: ['projects.read'] })
    expect((await mcp.tool('towline_project_list', {}, { token })).status).toBe(403)
  })

  it('refuses a body over the bound, and one that is no JSON', async () => {
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
    const big = await mcp.send({ method: 'POST', headers, body: `"${'x'.repeat(300_000)}"` })
    expect([big.status, big.body.error.data.code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
    const broken = await mcp.send({ method: 'POST', headers, body: '{' })
    expect([broken.status, broken.body.error.code]).toEqual([400, -32700])
    expect(
      (await mcp.send({ method: 'POST', headers: { ...headers, 'content-type': 'text/plain' }, body: '{}' })).status,
    ).toBe(415)
  })

  it('tells no more than an id when something of ours breaks', async () => {
    const broken = await openMcpFixture({ identify: () => Promise.reject(new Error('secret detail')) })
    const { status, body } = await broken.tool('towline_whoami', {}, { token: 'any' })
    expect([status, body.error.data.code]).toEqual([500, 'INTERNAL'])
    expect(JSON.stringify(body)).not.toContain('secret detail')
    await broken.close()
    expect((await broken.rpc('tools/list')).status).toBe(503)
  })

  it('shows the audience of tokens to whoever identifies them', async () => {
    const asked: string[] = []
    const identify = (token: string) => {
      asked.push(token)
      return Promise.reject(new AppError('UNAUTHENTICATED'))
    }
    const other = await openMcpFixture({ identify })
    await other.tool('towline_whoami', {}, { token: 'a-token-of-api' })
    expect(asked).toEqual(['a-token-of-api'])
    await other.close()
  })
})
