/** Judges the hosted MCP endpoint by stock clients: the inspector, mcp-remote, Claude Code and Codex. */
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { folder, run } from '../processes.ts'
import { openAgentHome } from './agent-home.ts'
import { openDialogue } from './dialogue.ts'
import { type Endpoint, openEndpoint } from '../../../packages/control/src/mcp/endpoint.fixture.ts'
import { agent, inspector, mcpRemote, WITHOUT_AGENTS } from './judges.ts'

let endpoint: Endpoint
let token: string

beforeAll(async () => {
  endpoint = await openEndpoint()
  token = (await endpoint.fixture.credential()).token
})
afterAll(() => endpoint?.close())

const bearer = (): readonly string[] => ['--header', `Authorization: Bearer ${token}`]

describe.each(['modern', 'legacy'])('interop mcp inspector, %s', (era) => {
  const inspect = (...words: readonly string[]) => inspector([endpoint.url, '--protocol-era', era, ...words])

  it('finds every schema portable', async () => {
    verifies('hosted-mcp.tools')
    const { status, stderr } = await inspect('--method', 'tools/list', '--strict')
    expect([status, /\d+ errors?, \d+ warnings?/.exec(stderr)?.[0] ?? 'nothing found']).toEqual([0, 'nothing found'])
  })

  it('calls discovery tools without a token, and others only with one', async () => {
    verifies('hosted-mcp.public', 'hosted-mcp.bearer')
    const call = async (name: string, ...words: readonly string[]) => {
      const { status, stdout } = await inspect('--method', 'tools/call', '--tool-name', name, ...words)
      return status === 0 ? JSON.parse(stdout).structuredContent : 'refused'
    }
    expect(await call('towline_status_get')).toMatchObject({ status: 'ok' })
    expect(await call('towline_whoami')).toBe('refused')
    expect(await call('towline_whoami', ...bearer())).toMatchObject({ kind: 'project' })
  })
})

it('interop mcp inspector: verifies the skills and their digests', async () => {
  const { status, stderr } = await inspector([
    ...[endpoint.url, '--protocol-era', 'modern', '--method', 'skills/list', '--verify', '--require-digests'],
  ])
  expect([status, stderr]).toEqual([0, expect.stringContaining('no conformance errors')])
})

const INITIALIZE = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'judge', version: '1' } }

it('interop mcp-remote: calls a tool over standard input and output', async () => {
  verifies('hosted-mcp.bearer')
  const home = folder('mcp-remote')
  const remote = openDialogue(mcpRemote(endpoint.url, token), { HOME: home.path })
  expect(await remote.ask('initialize', INITIALIZE)).toMatchObject({ serverInfo: { name: 'towline' } })
  remote.tell('notifications/initialized')
  const { structuredContent } = await remote.ask('tools/call', { name: 'towline_whoami', arguments: {} })
  expect(structuredContent).toMatchObject({ kind: 'project' })
  await remote.close()
  home.remove()
})

describe.skipIf(WITHOUT_AGENTS)('interop claude code', () => {
  it('connects with a token, and without one', async () => {
    verifies('hosted-mcp.public', 'hosted-mcp.bearer')
    const home = openAgentHome()
    const claude = (...words: readonly string[]) => run(home.bare(agent('claude'), 'mcp', ...words), { cwd: home.path })
    await claude('add', '--transport', 'http', 'open', endpoint.url)
    await claude('add', '--transport', 'http', 'hub', endpoint.url, '-H', `Authorization: Bearer ${token}`)
    const { stdout } = await claude('list')
    expect(stdout).toMatch(/open: .* Connected/)
    expect(stdout).toMatch(/hub: .* Connected/)
    home.remove()
  })
})

const SERVERS = (url: string): string => `
[mcp_servers.hub]
url = "${url}"
bearer_token_env_var = "HUB_TOKEN"
[mcp_servers.open]
url = "${url}"
`

describe.skipIf(WITHOUT_AGENTS)('interop codex', () => {
  it('lists and calls tools, is told where to log in, and is given a page for a change', async () => {
    verifies('hosted-mcp.public', 'hosted-mcp.bearer', 'hosted-mcp.tools')
    const home = openAgentHome({ codex: SERVERS(endpoint.url) })
    const codex = openDialogue([process.execPath, agent('codex'), 'app-server'], { ...home.env, HUB_TOKEN: token })
    await codex.ask('initialize', { clientInfo: INITIALIZE.clientInfo, capabilities: { experimentalApi: true } })
    codex.tell('initialized')
    const { data } = await codex.ask('mcpServerStatus/list', {})
    expect(data.map(({ name, authStatus }: Record<string, string>) => [name, authStatus])).toEqual([
      ['hub', 'bearerToken'],
      ['open', expect.any(String)],
    ])
    const { thread } = await codex.ask('thread/start', {})
    const call = (server: string, tool: string, args: object = {}) =>
      codex.ask('mcpServer/tool/call', { threadId: thread.id, server, tool, arguments: args })
    expect((await call('hub', 'towline_whoami')).structuredContent).toMatchObject({ kind: 'project' })
    expect((await call('open', 'towline_status_get')).structuredContent).toMatchObject({ status: 'ok' })
    const refused = await call('open', 'towline_whoami')
    expect([refused.isError, String(refused._meta['mcp/www_authenticate'])]).toEqual([
      true,
      expect.stringContaining('/.well-known/oauth-protected-resource/api/mcp'),
    ])
    const change = { projectId: endpoint.fixture.project.id, name: 'New' }
    expect((await call('hub', 'towline_project_update', change)).structuredContent).toMatchObject({
      approvalRequired: true,
    })
    await codex.close()
    home.remove()
  })
})
