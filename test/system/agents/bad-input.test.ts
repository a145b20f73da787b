/** Proves what an agent is told when it asks for what cannot be: which code, which next step, and that nothing was made. */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { LIMITS } from '@towline/protocol'
import {
  eventually,
  type Home,
  type Line,
  type Program,
  type Service,
  unusedPort,
  type Up,
  verifies,
} from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { json } from '../local/local.fixture.ts'
import { expireTokens, forgetProject, logInBy, readStored } from '../login/approve.ts'
import { type Agent, openAgent } from './agent.ts'
import { openWorkstation, type Workstation } from './workstation.ts'

const url = 'tow://lab'

/** One that looks, one that makes something here and one there. */
const callsOf = (port: number): readonly (readonly [string, object])[] => [
  ['towline_tunnel_list', {}],
  ['towline_local_tunnel_expose', { port }],
  ['towline_webtty_exec', { url, argv: ['true'] }],
]

describe('bad input of agents', () => {
  let station: Workstation
  let up: Up
  let home: Home
  let web: Service
  let machine: Program
  let agent: Agent
  beforeAll(async () => {
    station = await openWorkstation('hi')
    ;({ up, home, web } = station)
    machine = up.start(['webtty', 'server', '--name', 'lab', '-o', 'json'])
    await machine.status('online')
    await logInBy(home, station.ada, [station.server, '--permissions', 'workstation,projects,observe'])
    agent = await openAgent(home, { thread: 'thread-bad', person: () => 'accept' })
  })
  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]()
    await station?.[Symbol.asyncDispose]()
  })

  const tunnels = async (): Promise<readonly unknown[]> =>
    (await json<readonly Line[]>(up, 'tunnel', 'list')).map(({ name }) => name)

  it.each([
    ['towline_local_tunnel_expose', { port: 70_000 }, 'port'],
    ['towline_local_tunnel_expose', { port: 3000, labels: { purpose: 7 } }, 'labels.purpose'],
    ['towline_local_tunnel_expose', { port: 3000, trustedIps: ['::1', 4] }, 'trustedIps.1'],
    ['towline_webtty_exec', { url, argv: ['true'], env: { A: null } }, 'env.A'],
    ['towline_remote_mcp_call', { url, tool: 'x', arguments: [] }, 'arguments'],
    ['towline_cleanup', { everything: true }, 'everything'],
  ])('%s of %j is refused with the path %s, before anybody is asked', async (tool, args, path) => {
    verifies('mcp.serve')
    expect(await agent.invalid(tool, args)).toContain(path)
    expect(agent.shown).toEqual([])
  })

  it('a port that nobody listens on is told before there is any tunnel, here and on a machine', async () => {
    verifies('mcp.local.expose', 'mcp.remote.expose')
    const silent = { code: 'PORT_SILENT', next: expect.stringMatching(/[Ss]tart/) }
    const asked = { port: await unusedPort(), name: 'silent' }
    expect(await agent.refused('towline_local_tunnel_expose', asked)).toMatchObject(silent)
    expect(await agent.refused('towline_remote_expose', { url, ...asked })).toMatchObject(silent)
    expect(await tunnels()).toEqual(['lab'])
  })

  it('a machine that is gone: what it exposed, for how long that is kept, and what to look at', async () => {
    verifies('mcp.remote.expose')
    await agent.call('towline_remote_expose', { url, port: web.port, name: 'shown' })
    machine.kill('SIGKILL')
    await machine.ended()
    const silent = await eventually('the relay to know', async () => {
      const told = await agent.refused('towline_remote_expose_list', { url })
      return told['code'] === 'MACHINE_SILENT' ? told : undefined
    })
    const seconds = Math.ceil(LIMITS.goneMs / 1000)
    expect(silent).toMatchObject({
      message: expect.stringContaining(`shown (localhost:${web.port})`),
      details: { machine: 'lab', seconds },
      suggestedNextTool: 'towline_tunnel_list',
    })
    expect(`${String(silent['message'])} ${String(silent['next'])}`).toContain(`${seconds} s`)
    // Cleaning up does not need the machine.
    expect(await agent.call('towline_cleanup')).toMatchObject({ failed: [], remaining: [] })
    expect(await tunnels()).not.toContain('shown')
  })

  it('several projects and none named: all are listed, none is chosen, and nothing is made', async () => {
    verifies('mcp.prepare')
    expect(await agent.call('towline_project_create', { name: 'Second' })).toMatchObject({ action: 'created' })
    forgetProject(home)
    const before = await tunnels()
    for (const [tool, args] of callsOf(web.port))
      expect(await agent.refused(tool, args)).toMatchObject({
        ...{ code: 'PROJECT_NEEDED', suggestedNextTool: 'towline_runtime_prepare' },
      })
    const undecided = await agent.call('towline_runtime_prepare', { setDefault: true })
    expect(undecided).toMatchObject({ ready: false, needsProject: true, changed: false })
    expect(undecided['projects']).toMatchObject([{ endpoint: 'dev' }, { name: 'Second' }])
    expect([await tunnels(), readStored(home).contexts[0]?.project]).toEqual([before, undefined])
  })

  it('an expired login: the next tool is the one that begins another', async () => {
    verifies('mcp.status', 'mcp.auth')
    const file = join(home.folder.path, 'contexts.json')
    copyFileSync(file, `${file}.kept`)
    await home.run(['logout'])
    copyFileSync(`${file}.kept`, file)
    expireTokens(home)
    for (const [tool, args] of callsOf(web.port))
      expect(await agent.refused(tool, args)).toMatchObject({
        ...{ code: 'LOGIN_ENDED', suggestedNextTool: 'towline_auth_start' },
      })
    expect(await agent.call('towline_runtime_status')).toMatchObject({ suggestedNextTool: 'towline_auth_start' })
  })
})
