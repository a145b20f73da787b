/** Proves the story of tools at a distance: published for a remote program, which gets in by a short-lived token of that path alone. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { openHttpService, type Program, type Service, startUp, type Up, verifies, visit } from '@towline/testkit'
import '../../localhost-names.mjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endSupervisor, json } from '../local/local.fixture.ts'
import { openAgent } from './agent.ts'

describe('flow of published tools', () => {
  let up: Up
  let web: Service
  let program: Program
  let url: string
  beforeAll(async () => {
    up = await startUp()
    web = await openHttpService((_request, response) => response.end('hi'))
    program = up.start(['mcp', 'publish', '--name', 'codex-tools', '--label', 'role=codex', '-o', 'json'])
    url = String((await program.status('online'))['url'])
    await up.online(String(web.port), '--name', 'guarded', '--token-auth')
  })
  afterAll(async () => {
    if (up) await endSupervisor(up)
    await up?.close()
    await web?.close()
  })

  const minted = async (path: string): Promise<string> => {
    const resources = JSON.stringify({ tunnels: { connect: { name: 'codex-tools', params: { path } } } })
    const words = ['token', 'create', '--permission', 'tunnels.connect', '--ttl', '5m', '--resources', resources]
    return (await json<{ token: string }>(up, ...words)).token
  }
  const open = async (token: string): Promise<Client> => {
    const client = new Client({ name: 'remote-runtime', version: '1.0.0' })
    const requestInit = { headers: { authorization: `Bearer ${token}` } }
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }))
    return client
  }

  it('a remote program uses them by a token for that path, which opens nothing else', async () => {
    verifies('mcp.publish', 'token.resources')
    const token = await minted('/mcp')
    const client = await open(token)
    const { tools } = await client.listTools()
    expect(tools.length).toBeGreaterThan(10)
    expect(tools.every(({ annotations }) => annotations?.readOnlyHint)).toBe(true)
    const listed = await client.callTool({ name: 'towline_tunnel_list', arguments: {} })
    expect(listed.structuredContent).toMatchObject({ tunnels: [{ name: 'codex-tools' }, { name: 'guarded' }] })
    await client.close()

    const headers = { authorization: `Bearer ${token}` }
    expect((await visit({ to: up.host('codex-tools'), path: '/other', headers })).status).toBe(403)
    expect((await visit({ to: up.host('guarded'), headers })).status).toBe(403)
    await expect(open(await minted('/elsewhere'))).rejects.toThrow()
  })

  it('an agent finds and calls them by their labels, without any address', async () => {
    verifies('mcp.bridge.discover', 'mcp.bridge.tools', 'mcp.publish')
    await using agent = await openAgent(up, { thread: 'thread-published', person: () => 'decline' })
    const filter = 'labels.role=codex'
    const { endpoints } = await agent.call<{ endpoints: readonly { url: string }[] }>('towline_remote_mcp_discover', {
      filter,
    })
    expect(endpoints).toMatchObject([{ name: 'codex-tools', path: '/mcp', published: true, tokenAuth: true, url }])
    const asked = { url, tool: 'towline_runtime_status' }
    expect(await agent.call('towline_remote_mcp_call', asked)).toMatchObject({
      isError: false,
      structuredContent: { ready: true, project: 'dev' },
    })
    program.kill('SIGTERM')
    expect(await program.ended()).toMatchObject({ status: 0 })
    expect(await agent.call('towline_remote_mcp_discover', { filter })).toMatchObject({ endpoints: [] })
  })
})
