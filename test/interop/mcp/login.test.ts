/** Judges logins for the hosted MCP endpoint by stock agents, where they are installed: each registers, a person approves, a tool answers. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, openSystem, type System, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, decide } from '../../system/oauth/login.ts'
import { folder, launch, type Running, run } from '../processes.ts'
import { CODEX_SETTINGS, openDialogue } from './dialogue.ts'
import { AGENTS, HOW } from './judges.ts'

describe('interop mcp login', () => {
  let system: System
  let ada: Browser
  let url: string
  beforeAll(async () => {
    system = await openSystem({ site: { api: { domain: 'localhost' } } })
    ada = await becomeOwner(system)
    url = `${system.site.publicUrl}/api/mcp`
  })
  afterAll(() => system?.close())

  /** Opens the address that the agent shows, and allows all that it asks for; the last redirect leads to the agent. */
  const approve = async (agent: Running): Promise<void> => {
    const [address] = await agent.said(/http:\/\/localhost:\d+\/oauth\/authorize[^\s\u0007\u001b]+/)
    await decide(ada, await ada.open(address))
  }

  it.skipIf(!existsSync(AGENTS.codex))(`codex logs in and calls a tool (when it is not there: ${HOW})`, async () => {
    verifies('hosted-mcp.bearer')
    const home = folder('codex-login')
    const own = join(home.path, '.codex')
    mkdirSync(own)
    writeFileSync(join(own, 'config.toml'), `mcp_oauth_credentials_store = "file"\n${CODEX_SETTINGS}`)
    const codex = [process.execPath, AGENTS.codex]
    const add = ['mcp', 'add', 'hub', '--url', url, '--oauth-client-registration', 'dcr']
    const login = launch([...codex, ...add], { env: { HOME: home.path, CODEX_HOME: own } })
    await approve(login)
    await login.said(/Successfully logged in/)
    await login.stop()
    const server = openDialogue([...codex, 'app-server'], { PATH: '/usr/bin:/bin', HOME: home.path, CODEX_HOME: own })
    await server.ask('initialize', {
      clientInfo: { name: 'judge', version: '1' },
      capabilities: { experimentalApi: true },
    })
    server.tell('initialized')
    const { thread } = await server.ask('thread/start', {})
    const call = { threadId: thread.id, server: 'hub', tool: 'towline_whoami', arguments: {} }
    const { structuredContent } = await server.ask('mcpServer/tool/call', call)
    expect(structuredContent).toMatchObject({ kind: 'login', user: { email: 'ada@example.test' } })
    await server.close()
    home.remove()
  })

  it.skipIf(!existsSync(AGENTS.claude))(`claude code logs in (when it is not there: ${HOW})`, async () => {
    verifies('hosted-mcp.bearer')
    const home = folder('claude-login')
    const env = { HOME: home.path, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' }
    await run([AGENTS.claude, 'mcp', 'add', '--transport', 'http', 'hub', url], { env, cwd: home.path })
    // It logs in on a terminal only.
    const words = `env -i HOME=${home.path} PATH=/usr/bin:/bin TERM=xterm ${AGENTS.claude} mcp login hub --no-browser`
    const login = launch(['script', '-qfec', words, '/dev/null'], { cwd: home.path })
    await approve(login)
    await login.said(/Authenticated|authenticated|Successfully/)
    await login.stop()
    const { stdout } = await run([AGENTS.claude, 'mcp', 'list'], { env, cwd: home.path })
    expect(stdout).toMatch(/hub: .* Connected/)
    home.remove()
  })
})
