/** Proves the stories of other machines end to end: found by label and used, a robot's tools called through it, all cleaned up and told. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openHttpService, type Service, startUp, tempFolder, type Up, verifies, visit } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endSupervisor, json } from '../local/local.fixture.ts'
import { type Agent, openAgent } from './agent.ts'
import { openRobot, type Robot } from './robot.ts'

const THREAD = 'thread-machines'
const url = 'tow://edge-lab'
const MODERN = '2026-07-28'

interface Made {
  readonly id: string
  readonly name: string
  readonly url: string
  readonly tunnelId: string
  readonly cleanupId: string
  readonly labels: Readonly<Record<string, string>>
}

describe.each([
  ['2025', undefined],
  ['2026', MODERN],
] as const)('flow of machines, with a client of %s', (_year, revision) => {
  let up: Up
  let root: string
  let web: Service
  let robot: Robot
  let agent: Agent
  let answer: 'accept' | 'decline' = 'accept'
  beforeAll(async () => {
    ;[up, robot] = await Promise.all([startUp(), openRobot()])
    web = await openHttpService((_request, response) => response.end('metrics'))
    root = join(up.folder.path, 'app')
    mkdirSync(root)
    const labels = ['role=codex', 'capability=docker'].flatMap((label) => ['--label', label])
    const serve = ['webtty', 'server', '-o', 'json', '--name']
    await up.start([...serve, 'edge-lab', '--fs-root', root, ...labels]).status('online')
    await up.start([...serve, 'other']).status('online')
    agent = await openAgent(up, { thread: THREAD, person: () => answer, ...(revision && { revision }) })
  })
  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]()
    if (up) await endSupervisor(up)
    await up?.close()
    await Promise.all([web?.close(), robot?.close()])
  })

  it('finds a machine by its labels, runs a command and works with files, as its person allows', async () => {
    verifies('mcp.webtty', 'guard.approval')
    const filter = 'labels.role=codex,labels.capability=docker'
    expect(await agent.call('towline_webtty_list', { filter })).toMatchObject({ machines: [{ name: 'edge-lab', url }] })
    const ran = await agent.call('towline_webtty_exec', { url, argv: ['printf', 'hi there'] })
    expect(ran).toMatchObject({ state: 'exited', exitCode: 0, stdout: 'hi there' })
    using folder = tempFolder('own')
    const own = folder.path
    writeFileSync(join(own, 'up.txt'), 'from here')
    const file = { url, path: '/notes.txt' }
    await agent.call('towline_webtty_fs_upload', { ...file, localPath: join(own, 'up.txt') })
    expect(readFileSync(join(root, 'notes.txt'), 'utf8')).toBe('from here')
    expect(await agent.call('towline_webtty_fs_list', { url, path: '/' })).toMatchObject({
      entries: [{ path: '/notes.txt' }],
    })
    expect(await agent.call('towline_webtty_fs_read', file)).toMatchObject({ content: 'from here' })
    await agent.call('towline_webtty_fs_download', { ...file, localPath: join(own, 'down.txt') })
    expect(readFileSync(join(own, 'down.txt'), 'utf8')).toBe('from here')

    answer = 'decline'
    expect(await agent.refused('towline_webtty_fs_delete', file)).toMatchObject({ code: 'APPROVAL_REFUSED' })
    expect(readFileSync(join(root, 'notes.txt'), 'utf8')).toBe('from here')
    answer = 'accept'
    expect(agent.shown.map((text) => /towline_\w+/.exec(text)?.[0])).toEqual([
      ...['towline_webtty_exec', 'towline_webtty_fs_upload', 'towline_webtty_fs_download', 'towline_webtty_fs_delete'],
    ])
  })

  it("calls a robot's tools: one that looks at once, one that moves once a person allowed it", async () => {
    verifies('mcp.bridge.discover', 'mcp.bridge.tools', 'mcp.bridge.approval', 'mcp.remote.expose', 'mcp.remote.stop')
    const before = agent.shown.length
    const made = await agent.call<Made>('towline_remote_expose', {
      ...{ url, port: robot.port, name: 'robot', publish: false, mcpPath: '/mcp', labels: { fleet: 'remote-mcp' } },
    })
    const found = { endpoints: [{ name: 'robot', url: 'tow://robot/mcp', published: false, status: 'online' }] }
    expect(await agent.call('towline_remote_mcp_discover', { filter: 'labels.fleet=remote-mcp' })).toMatchObject(found)
    const remote = { url: 'tow://robot/mcp' }
    expect(await agent.call('towline_remote_mcp_tools', remote)).toMatchObject({
      tools: [
        { needsApproval: false, definition: { name: 'device_status' } },
        { needsApproval: true, definition: { name: 'move_arm' } },
      ],
    })
    const looked = { ...remote, tool: 'device_status', arguments: { part: 'arm' } }
    expect(await agent.call('towline_remote_mcp_call', looked)).toMatchObject({ content: [{ text: 'arm is well' }] })
    expect(agent.shown.length).toBe(before)

    const moving = (degrees: number) => ({ ...remote, tool: 'move_arm', arguments: { degrees } })
    answer = 'decline'
    expect(await agent.refused('towline_remote_mcp_call', moving(90))).toMatchObject({ code: 'APPROVAL_REFUSED' })
    answer = 'accept'
    const timesMoved = robot.moved()
    expect(await agent.call('towline_remote_mcp_call', moving(10))).toMatchObject({
      content: [{ text: 'moved by 10' }],
    })
    expect([timesMoved, robot.moved()]).toEqual([0, 1])
    expect(agent.shown.length).toBe(before + 2)

    const stop = { url, id: made.cleanupId }
    expect(await agent.call('towline_remote_expose_stop', stop)).toMatchObject({ status: 'stopped' })
    expect(await agent.call('towline_remote_mcp_discover')).toMatchObject({ endpoints: [] })
    expect(await agent.refused('towline_remote_mcp_tools', remote)).toMatchObject({ code: 'TUNNEL_UNKNOWN' })
  })

  it('removes what its conversation made here and there, leaves the rest, and the trail tells it all', async () => {
    verifies('guard.cleanup', 'guard.labels', 'guard.audit')
    await using other = await openAgent(up, { thread: 'thread-other' })
    const kept = await other.call<Made>('towline_remote_expose', { url, port: web.port, name: 'kept' })
    const local = await agent.call<Made>('towline_local_tunnel_expose', { port: web.port, name: 'here' })
    const far = await agent.call<Made>('towline_remote_expose', { url, port: web.port, name: 'there', purpose: 'show' })
    for (const { labels } of [local, far])
      expect(labels).toMatchObject({
        ...{ 'towline.agent/source': 'mcp', 'towline.agent/name': 'flow-agent', 'towline.agent/thread': THREAD },
        'towline.agent/purpose': expect.any(String),
      })
    expect((await visit({ to: far.url })).body).toBe('metrics')

    const all = (await json<readonly Made[]>(up, 'tunnel', 'list')).map(({ name }) => name)
    expect(all.toSorted()).toEqual(['edge-lab', 'here', 'kept', 'other', 'there'])
    const dry = await agent.call<{ remaining: readonly { name: string }[] }>('towline_cleanup', { dryRun: true })
    expect(dry.remaining.map(({ name }) => name)).toEqual(['here', 'there'])
    const done = await agent.call<{ removed: readonly { kind: string; name: string }[] }>('towline_cleanup')
    expect(done).toMatchObject({ failed: [], remaining: [] })
    expect(done.removed.map(({ kind, name }) => [kind, name])).toEqual([
      ['local tunnel', 'here'],
      ['remote service', 'there'],
    ])
    expect((await visit({ to: far.url })).status).toBe(404)
    expect((await visit({ to: kept.url })).body).toBe('metrics')
    const exposed = await agent.call<{ exposures: readonly Made[] }>('towline_remote_expose_list', { url })
    expect(exposed.exposures.filter(({ id }) => id === far.id)).not.toMatchObject([{ status: 'online' }])
    expect(await agent.call('towline_cleanup')).toMatchObject({ removed: [], failed: [], remaining: [] })

    await agent[Symbol.asyncDispose]()
    const records = await json<readonly { action: string; tool?: string; code?: string; target?: string }[]>(
      up,
      ...['audit', '--thread', THREAD, '--limit', '100'],
    )
    const calls = records.filter(({ action }) => action === 'agent.call').toReversed()
    const exposes = ['towline_local_tunnel_expose undefined', 'towline_remote_expose undefined']
    expect(calls.map(({ tool, code }) => `${tool} ${code}`)).toEqual([
      'towline_webtty_exec undefined',
      'towline_webtty_fs_upload undefined',
      'towline_webtty_fs_download undefined',
      'towline_webtty_fs_delete APPROVAL_REFUSED',
      'towline_remote_expose undefined',
      // Also the one that its server marks as read-only, which is but the word of that server.
      'towline_remote_mcp_call undefined',
      ...['towline_remote_mcp_call APPROVAL_REFUSED', 'towline_remote_mcp_call undefined'],
      'towline_remote_expose_stop undefined',
      'towline_remote_mcp_tools TUNNEL_UNKNOWN',
      ...exposes,
      ...['towline_cleanup undefined', 'towline_cleanup undefined', 'towline_cleanup undefined'],
    ])
    // Also what a machine opened on request is told with the conversation that asked.
    const opened = records.filter(({ action }) => action === 'tunnel.create').map(({ target }) => target)
    expect([opened.length, opened]).toEqual([3, expect.arrayContaining([far.tunnelId])])
  })
})
