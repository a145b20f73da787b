/** Judges whole flows by stock Codex and a model of this machine: expose, visit, stop, and what a person has to allow. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AgentHome, openAgentHome } from '../mcp/agent-home.ts'
import { openDialogue } from '../mcp/dialogue.ts'
import { WITHOUT_AGENTS } from '../mcp/judges.ts'
import { launch, onTerminal, run, type Running, succeed } from '../processes.ts'
import { openTowline, type Towline, towline } from '../towline.ts'
import '../../localhost-names.mjs'
import { codex, setupCodex } from './codex.ts'
import { openScriptedModel, type ScriptedModel, type Step } from './tool-model.ts'

const CLIENT = { clientInfo: { name: 'judge', version: '1' }, capabilities: { experimentalApi: true } }

/** Something to wait for. */
const openGate = (): { readonly opened: Promise<void>; open(): void } => {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

/** What a call answers that a person has to allow first. */
type Asked = readonly [{ readonly approvalId: string }]

/** A record of the audit trail, as far as it is looked at. */
interface Recorded {
  readonly tool: string
  readonly thread: string
  readonly decision: string
  readonly code?: string
  readonly details: { readonly decidedBy: string }
}

describe.skipIf(WITHOUT_AGENTS)('interop codex, flows', () => {
  let server: Towline
  let machine: Running
  let app: Server
  let home: AgentHome
  let model: ScriptedModel
  beforeAll(async () => {
    server = await openTowline()
    machine = launch(towline('webtty', 'server', '--name', 'edge-lab', '-o', 'json'), { env: server.env })
    await machine.said(/"status":"online"/)
    app = createServer((_request, response) => response.end('the app'))
    await new Promise<void>((done) => app.listen(0, '127.0.0.1', done))
  })
  afterAll(async () => {
    app?.close()
    await machine?.stop()
    await server?.close()
  })
  beforeEach(() => {
    home = openAgentHome()
  })
  afterEach(async () => {
    await model?.close()
    home.remove()
  })

  /** Codex with our tools, and a model that takes these steps. */
  const script = async (...steps: readonly Step[]): Promise<void> => {
    model = await openScriptedModel(steps)
    writeFileSync(join(home.path, '.codex', 'config.toml'), model.settings)
    await setupCodex(home, server)
  }
  /** A run without a person: it waits for the tools, and leaves to their server what needs a word. */
  const exec = (prompt: string): Promise<string> => {
    const settings = ['required=true', 'default_tools_approval_mode="approve"']
    const given = settings.flatMap((setting) => ['-c', `mcp_servers.towline.${setting}`])
    return succeed(home.bare(...codex(), 'exec', '--skip-git-repo-check', ...given, prompt), { cwd: home.path })
  }
  const published = async (): Promise<readonly string[]> =>
    JSON.parse(await succeed(towline('local', 'list', '-o', 'json'), { env: server.env })).map(
      ({ name }: { name: string }) => name,
    )

  it('shows a reviewer the app on a port: expose, visit, list, stop', async () => {
    verifies('mcp.local.expose', 'mcp.local.list-stop', 'guard.labels')
    const { port } = app.address() as AddressInfo
    let seen = ''
    await script(
      { tool: 'towline_local_tunnel_expose', args: () => ({ port, name: 'review', purpose: 'review' }) },
      {
        tool: 'towline_local_tunnel_list',
        first: async ([{ url }]) => {
          seen = await (await fetch(url)).text()
        },
      },
      { tool: 'towline_local_tunnel_stop', args: ([{ cleanupId }]) => ({ id: cleanupId }) },
    )
    await exec('Show my reviewer the app.')
    const [exposed, listed, stopped] = model.answers()
    expect(exposed).toMatchObject({ url: `http://${server.host('review')}`, status: 'online' })
    expect(seen).toBe('the app')
    expect(JSON.stringify(listed)).toContain('towline.agent/thread')
    expect(stopped).toMatchObject({ stopped: true })
    expect(await published()).toEqual([])
  })

  const restart = { url: 'tow://edge-lab', argv: ['sh', '-c', 'echo restarted'] }
  const done = { state: 'exited', exitCode: 0, stdout: 'restarted\n' }

  /** A turn with a person at Codex, who answers all that they are asked. */
  const turn = async (text: string, answer: object): Promise<readonly string[]> => {
    const asked: string[] = []
    const [ready, over] = [openGate(), openGate()]
    const talk = openDialogue([...codex(), 'app-server'], home.env, ({ method, params }) => {
      if (method === 'turn/completed') over.open()
      // A turn that begins before goes without the tools.
      if (method === 'mcpServer/startupStatus/updated' && (params as { status: string }).status === 'ready')
        ready.open()
      if (method !== 'mcpServer/elicitation/request') return undefined
      const { message, _meta } = params as {
        readonly message: string
        readonly _meta?: { codex_approval_kind?: string }
      }
      asked.push(message)
      return _meta?.codex_approval_kind ? { action: 'accept', content: {} } : answer
    })
    await talk.ask('initialize', CLIENT)
    talk.tell('initialized')
    const { thread } = await talk.ask('thread/start', { cwd: home.path })
    await ready.opened
    await talk.ask('turn/start', { threadId: thread.id, input: [{ type: 'text', text }] })
    await over.opened
    await talk.close()
    return asked
  }

  it('asks the person in Codex before a command that may change something, and runs it once they agree', async () => {
    verifies('guard.approval', 'mcp.webtty')
    await script({ tool: 'towline_webtty_exec', args: () => restart })
    const asked = await turn('Restart it.', { action: 'accept', content: { confirm: true } })
    // Codex asks for itself first, as the tool may destroy.
    expect(asked).toEqual([
      expect.stringContaining('towline_webtty_exec'),
      expect.stringMatching(/On: tow:\/\/edge-lab[\s\S]*"echo restarted"/),
    ])
    expect(model.answers()).toMatchObject([done])
  })

  it('runs nothing when the person in Codex says no', async () => {
    verifies('guard.approval')
    await script({ tool: 'towline_webtty_exec', args: () => restart })
    await turn('Restart it.', { action: 'decline' })
    expect(model.answers()).toMatchObject([{ error: { code: 'APPROVAL_REFUSED' } }])
  })

  it('waits for a person at a terminal where the policy wants that, and runs it once, in a second call', async () => {
    verifies('guard.approval', 'guard.policy')
    const policy = join(server.env['TOWLINE_HOME'] as string, 'policy.json')
    writeFileSync(policy, '{"approve":["terminal"]}', { mode: 0o600 })
    const allow = ([{ approvalId }]: Asked) =>
      run(onTerminal(towline('approve', approvalId)), { env: server.env, input: 'y\n' })
    const again = ([{ approvalId }]: Asked) => ({ ...restart, approvalId })
    await script(
      { tool: 'towline_webtty_exec', args: () => restart },
      {
        tool: 'towline_webtty_exec',
        first: (answers) => allow(answers as Asked),
        args: (answers) => again(answers as Asked),
      },
      { tool: 'towline_webtty_exec', args: (answers) => again(answers as Asked) },
    )
    await exec('Restart it.')
    rmSync(policy)
    expect(model.answers()).toMatchObject([
      { approvalRequired: true, next: expect.stringContaining('towline approve') },
      done,
      { error: { code: 'APPROVAL_INVALID' } },
    ])
  })

  it('tells afterwards what the agent did, in which thread, by which tools', async () => {
    verifies('guard.audit')
    const words = ['audit', '--action', 'agent.call', '--agent', 'codex-mcp-client', '-o', 'json']
    const rows = JSON.parse(await succeed(towline(...words), { env: server.env })) as readonly Recorded[]
    expect(rows.map(({ tool, decision, code, details }) => [tool, decision, code ?? details.decidedBy])).toEqual([
      ['towline_webtty_exec', 'refused', 'APPROVAL_INVALID'],
      ['towline_webtty_exec', 'allowed', 'terminal'],
      ['towline_webtty_exec', 'refused', 'APPROVAL_REFUSED'],
      ['towline_webtty_exec', 'allowed', 'form'],
      ['towline_local_tunnel_stop', 'allowed', 'default'],
      ['towline_local_tunnel_expose', 'allowed', 'default'],
    ])
    expect(new Set(rows.map(({ thread }) => thread)).size).toBe(4)
    expect(JSON.stringify(rows)).not.toContain('restarted')
  })
})
