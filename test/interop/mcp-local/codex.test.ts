/** Judges the tools of a workstation by stock Codex: registered by its own command line, called without a model and by one. */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AgentHome, openAgentHome } from '../mcp/agent-home.ts'
import { openDialogue } from '../mcp/dialogue.ts'
import { WITHOUT_AGENTS } from '../mcp/judges.ts'
import { succeed } from '../processes.ts'
import { openTowline, type Towline } from '../towline.ts'
import { codex, setupCodex } from './codex.ts'
import { openScriptedModel } from './tool-model.ts'

const CLIENT = { clientInfo: { name: 'judge', version: '1' }, capabilities: { experimentalApi: true } }

describe.skipIf(WITHOUT_AGENTS)('interop codex, local tools', () => {
  let server: Towline
  beforeAll(async () => {
    server = await openTowline()
  })
  afterAll(() => server?.close())

  const setup = (home: AgentHome, ...words: readonly string[]) => setupCodex(home, server, ...words)

  it('codex setup registers the tools by Codex itself, which lists them and calls one', async () => {
    verifies('agent.setup.codex', 'mcp.serve', 'mcp.status')
    const home = openAgentHome()
    const file = join(home.path, '.codex', 'config.toml')
    const before = readFileSync(file, 'utf8')
    const done = await setup(home, '--verify')
    expect(done).toMatchObject({
      status: 'installed',
      how: 'cli',
      file,
      verified: { tools: expect.any(Number), ready: true },
    })
    expect((await setup(home)).status).toBe('unchanged')
    const listed = JSON.parse(await succeed(home.bare(...codex(), 'mcp', 'list', '--json')))
    expect(listed).toMatchObject([{ name: 'towline', transport: { type: 'stdio', command: process.execPath } }])

    const app = openDialogue([...codex(), 'app-server'], home.env)
    await app.ask('initialize', CLIENT)
    app.tell('initialized')
    const { data } = await app.ask('mcpServerStatus/list', {})
    expect(data).toMatchObject([
      { name: 'towline', tools: { towline_runtime_status: { annotations: { readOnlyHint: true } } } },
    ])
    const { thread } = await app.ask('thread/start', {})
    const call = { threadId: thread.id, server: 'towline', tool: 'towline_runtime_status', arguments: {} }
    expect((await app.ask('mcpServer/tool/call', call)).structuredContent).toMatchObject({ ready: true })
    await app.close()

    expect((await setup(home, '--remove')).status).toBe('removed')
    expect(readFileSync(file, 'utf8').trim()).toBe(before.trim())
    home.remove()
  })

  it('codex keeps what a file edit of ours wrote, and starts it', async () => {
    verifies('agent.setup.codex')
    const home = openAgentHome({
      codex: '\n# mine\n[mcp_servers.other] # too\ncommand = "/bin/false"\nenabled = false\n',
    })
    expect(await setup(home)).toMatchObject({ status: 'installed', how: 'file' })
    expect(readFileSync(join(home.path, '.codex', 'config.toml'), 'utf8')).toContain('[mcp_servers.other] # too')
    const got = JSON.parse(await succeed(home.bare(...codex(), 'mcp', 'get', 'towline', '--json')))
    expect(got.transport).toMatchObject({
      command: process.execPath,
      env: { TOWLINE_HOME: server.env['TOWLINE_HOME'] },
    })
    home.remove()
  })

  it('codex exec is driven by a model: it is offered the tools, and is told what one answers', async () => {
    verifies('mcp.serve', 'mcp.status')
    const model = await openScriptedModel([{ tool: 'towline_runtime_status' }])
    const home = openAgentHome()
    writeFileSync(join(home.path, '.codex', 'config.toml'), model.settings)
    await setup(home)
    await succeed(home.bare(...codex(), 'exec', '--skip-git-repo-check', '--json', 'Is Towline ready?'), {
      cwd: dirname(home.path),
    })
    expect(model.tools()).toContain('mcp__towline.towline_runtime_status')
    expect(model.answers()).toMatchObject([{ ready: true }])
    await model.close()
    home.remove()
  })
})
