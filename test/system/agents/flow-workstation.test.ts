/** Proves two stories end to end: a workstation's agent from nothing to a shown service and back, and a CI job's tunnel. */
import { type LocalTunnel } from '@towline/operations'
import {
  type Browser,
  eventually,
  type Home,
  type Line,
  type Service,
  type Up,
  verifies,
  visit,
} from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { json } from '../local/local.fixture.ts'
import { logInBy } from '../login/approve.ts'
import { decide, enterCode } from '../oauth/login.ts'
import { type Agent, openAgent } from './agent.ts'
import { openWorkstation, type Workstation } from './workstation.ts'

describe('flow of a workstation', () => {
  let station: Workstation
  let up: Up
  let home: Home
  let web: Service
  let ada: Browser
  let server: string
  let agent: Agent
  beforeAll(async () => {
    station = await openWorkstation('my app')
    ;({ up, home, web, ada, server } = station)
  })
  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]()
    await station?.[Symbol.asyncDispose]()
  })

  interface Row {
    readonly id: string
    readonly status: string
    readonly next?: string
  }
  const examine = async (): Promise<readonly Row[]> => {
    const { stdout } = await home.run(['doctor', '-o', 'json'])
    return (JSON.parse(stdout) as { rows: readonly Row[] }).rows.filter(({ status }) => status === 'fail')
  }

  it('the doctor sends a new user to the login, and finds nothing wrong after it', async () => {
    verifies('cli.doctor', 'cli.login')
    expect((await examine())[0]).toMatchObject({ id: 'context', next: expect.stringContaining('towline login') })
    const words = [server, '--permissions', 'workstation,projects,observe,operate']
    expect(await logInBy(home, ada, words)).toMatchObject({ status: 'logged-in', context: 'localhost' })
    expect(await examine()).toEqual([])
  })

  it('one command gives Codex the tools, and proves that they start', async () => {
    verifies('agent.setup.codex')
    const setup = ['codex', 'setup', '--verify']
    const verified = { tools: expect.any(Number), ready: true }
    expect(await json(home, ...setup)).toMatchObject({ agent: 'codex', status: 'installed', verified })
    expect(await json(home, ...setup)).toMatchObject({ status: 'unchanged', verified })
  })

  it('an agent finds all ready, and begins a login of its own once that one has ended', async () => {
    verifies('mcp.status', 'mcp.auth', 'mcp.prepare')
    agent = await openAgent(home, { thread: 'thread-flow', person: () => 'accept' })
    expect(await agent.call('towline_runtime_status')).toMatchObject({ ready: true, project: 'dev' })
    await home.run(['logout'])
    expect(await agent.refused('towline_tunnel_list')).toMatchObject({ suggestedNextTool: 'towline_auth_start' })
    expect(await agent.call('towline_runtime_status')).toMatchObject({
      ...{ ready: false, suggestedNextTool: 'towline_auth_start' },
    })
    const permissions = ['workstation', 'projects', 'observe', 'operate']
    const { id, loginUrl } = await agent.call('towline_auth_start', { url: server, permissions })
    await decide(ada, await enterCode(ada, String(loginUrl)))
    expect(await agent.call('towline_auth_poll', { id, wait: true })).toMatchObject({ authenticated: true })
    expect(await agent.call('towline_runtime_prepare')).toMatchObject({ ready: true, project: { endpoint: 'dev' } })
  })

  it('it shows the app, under labels that find it, and ends exactly that', async () => {
    verifies('mcp.local.expose', 'mcp.local.list-stop', 'guard.labels')
    const asked = { port: web.port, name: 'app', purpose: 'review' }
    const made = await agent.call<LocalTunnel & { cleanupId: string }>('towline_local_tunnel_expose', asked)
    expect(await visit({ to: String(made.url) })).toMatchObject({ status: 200, body: 'my app' })
    expect(await agent.call('towline_local_tunnel_list')).toMatchObject({
      tunnels: [{ id: made.id, status: 'online' }],
    })
    const filter = ['tunnel', 'list', '--filter', 'labels.towline.agent/thread=thread-flow']
    expect(await json(home, ...filter)).toMatchObject([{ name: 'app' }])
    expect(await agent.call('towline_local_tunnel_stop', { id: made.cleanupId })).toMatchObject({ stopped: true })
    expect(await json(home, ...filter)).toEqual([])
    // A server that was new to this workstation, and nothing since.
    expect(agent.shown.map((question) => /^Tool: (.*)$/m.exec(question)?.[1])).toEqual(['towline_auth_start'])
  })

  it("a CI job's tunnel lives as long as its process, under the name and labels of its commit", async () => {
    verifies('tunnel.forward.lifetime', 'tunnel.forward.labels')
    const labels = ['source=ci', 'ref=main', 'sha=0123abc'].flatMap((label) => ['--label', label])
    const { program, url } = await up.online(String(web.port), '--name', 'ci-review-main-0123abc', ...labels)
    expect(await visit({ to: url })).toMatchObject({ status: 200, body: 'my app' })
    const ofJob = () => json<readonly Line[]>(up, 'tunnel', 'list', '--filter', 'labels.source=ci,labels.sha=0123abc')
    expect(await ofJob()).toMatchObject([{ name: 'ci-review-main-0123abc', labels: { ref: 'main' } }])
    program.kill('SIGTERM')
    expect(await program.ended()).toMatchObject({ status: 0 })
    await eventually('its end', async () => ((await ofJob()).length === 0 ? true : undefined))
    expect((await visit({ to: url })).status).toBe(404)
  })
})
