/** Judges logins for the hosted MCP endpoint by stock agents: each registers, a person approves, tools are listed and one answers. */
import { type Browser, openSystem, type System, verifies } from '@towline/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { becomeOwner, decide } from '../../system/oauth/login.ts'
import { launch, onTerminal, type Running, succeed } from '../processes.ts'
import { type AgentHome, openAgentHome } from './agent-home.ts'
import { openDialogue } from './dialogue.ts'
import { agent, WITHOUT_AGENTS } from './judges.ts'
import { openModel } from './model.ts'

describe.skipIf(WITHOUT_AGENTS)('interop mcp login', () => {
  let system: System
  let ada: Browser
  let url: string
  let home: AgentHome
  beforeAll(async () => {
    system = await openSystem({ site: { api: { domain: 'localhost' } } })
    ada = await becomeOwner(system)
    url = `${system.site.publicUrl}/api/mcp`
  })
  afterAll(() => system?.close())
  beforeEach(() => {
    home = openAgentHome()
  })
  afterEach(() => home.remove())

  /** Opens the address that the agent shows, and allows all that it asks for; the last redirect leads to the agent. */
  const approve = async (login: Running): Promise<void> => {
    const [address] = await login.said(/http:\/\/localhost:\d+\/oauth\/authorize[^\s\u0007\u001b]+/)
    await decide(ada, await ada.open(address))
  }

  it('codex logs in, lists tools and calls one', async () => {
    verifies('oauth.pkce', 'hosted-mcp.bearer')
    const codex = [process.execPath, agent('codex')]
    const add = ['mcp', 'add', 'hub', '--url', url, '--oauth-client-registration', 'dcr']
    const login = launch(home.bare(...codex, ...add))
    await approve(login)
    await login.said(/Successfully logged in/)
    await login.stop()
    const server = openDialogue([...codex, 'app-server'], home.env)
    const clientInfo = { name: 'judge', version: '1' }
    await server.ask('initialize', { clientInfo, capabilities: { experimentalApi: true } })
    server.tell('initialized')
    const { data } = await server.ask('mcpServerStatus/list', {})
    expect(data).toMatchObject([{ name: 'hub', authStatus: 'oAuth', tools: { towline_project_list: {} } }])
    const { thread } = await server.ask('thread/start', {})
    const call = { threadId: thread.id, server: 'hub', tool: 'towline_whoami', arguments: {} }
    const { structuredContent } = await server.ask('mcpServer/tool/call', call)
    expect(structuredContent).toMatchObject({ kind: 'login', user: { email: 'ada@example.test' } })
    await server.close()
  })

  it('claude code logs in, lists tools and calls one', async () => {
    verifies('oauth.pkce', 'hosted-mcp.bearer')
    const cwd = home.path
    await succeed(home.bare(agent('claude'), 'mcp', 'add', '--transport', 'http', 'hub', url), { cwd })
    // It logs in on a terminal only.
    const login = launch(onTerminal(home.bare(agent('claude'), 'mcp', 'login', 'hub', '--no-browser')), { cwd })
    await approve(login)
    await login.said(/Authenticated|authenticated|Successfully/)
    await login.stop()
    const tool = 'mcp__hub__towline_whoami'
    const model = await openModel(tool)
    // All tools are shown to the model at once, not found by a search.
    const env = [`ANTHROPIC_BASE_URL=${model.url}`, 'ANTHROPIC_API_KEY=none', 'ENABLE_TOOL_SEARCH=false']
    const prompt = ['-p', 'Who am I?', '--output-format', 'stream-json', '--verbose', '--allowedTools', tool]
    const said = await succeed(home.bare(...env, agent('claude'), ...prompt), { cwd })
    await model.close()
    const { tools } = JSON.parse(said.slice(0, said.indexOf('\n')))
    expect(tools).toContain('mcp__hub__towline_project_list')
    expect(JSON.parse(model.answer())).toMatchObject({ kind: 'login', user: { email: 'ada@example.test' } })
  })
})
