/**
 * Judges the bridge by MCP servers that no one here wrote, each on a machine behind a private tunnel: the protocol's own
 * "everything" server, which keeps sessions, and one without sessions made with the protocol's own SDK.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { policyFile } from '@towline/operations'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort, launch, type Ran, type Running, run } from '../processes.ts'
import { openTowline, type Towline, towline as words } from '../towline.ts'
import { type Dialogue, openDialogue } from './dialogue.ts'
import { everythingServer } from './judges.ts'

const STATELESS = fileURLToPath(new URL('../clients/mcp-stateless.mjs', import.meta.url))

const labels = (purpose: string): readonly string[] =>
  [
    'towline.mcp/protocol=mcp',
    'towline.mcp/transport=streamable-http',
    'towline.mcp/path=/mcp',
    `purpose=${purpose}`,
  ].flatMap((label) => ['--label', label])

describe('interop mcp bridge', () => {
  let towline: Towline
  let everything: Running
  let port: number
  const running: Running[] = []

  const startEverything = async (): Promise<void> => {
    everything = launch(everythingServer(), { env: { PORT: String(port) } })
    running.push(everything)
    await everything.said(/listening on port/)
  }

  beforeAll(async () => {
    const robot = launch([process.execPath, STATELESS])
    running.push(robot)
    ;[towline, port] = await Promise.all([openTowline(), freePort()])
    const [, robotPort] = await robot.said(/port (\d+)/)
    await startEverything()
    await Promise.all([
      towline.forward(String(port), '--no-publish', '--name', 'everything', ...labels('lab')),
      towline.forward(robotPort as string, '--no-publish', '--name', 'robot', ...labels('field')),
      towline.forward(robotPort as string, '--token-auth', '--name', 'open-robot', ...labels('shop')),
      towline.forward(robotPort as string, '--no-publish', '--name', 'plain'),
    ])
  })
  afterAll(async () => {
    await towline?.close()
    for (const each of running) await each.stop()
  })

  const cli = (...argv: readonly string[]): Promise<Ran> => run(words('mcp', ...argv), { env: towline.env })
  const json = async (...argv: readonly string[]) => {
    const { stdout, stderr } = await cli(...argv, '-o', 'json')
    return stdout === '' ? JSON.parse(stderr).error : JSON.parse(stdout)
  }

  it('finds what advertises a path, by filter too', async () => {
    verifies('mcp.bridge.discover')
    const all = (await json('discover')) as readonly { readonly url: string }[]
    const web = `http://open-robot.dev.localhost:${towline.port}/mcp`
    expect(all.map(({ url }) => url).sort()).toEqual([web, 'tow://everything/mcp', 'tow://robot/mcp'])
    expect(await json('discover', '--filter', 'labels.purpose=field')).toMatchObject([
      { name: 'robot', path: '/mcp', published: false, status: 'online', labels: { purpose: 'field' } },
    ])
  })

  it('passes definitions on as the server wrote them', async () => {
    verifies('mcp.bridge.tools')
    const { server, tools } = await json('tools', 'tow://robot')
    expect(server).toEqual({ name: 'robot', version: '1.0.0', protocolVersion: '2026-07-28', stateful: false })
    expect(tools).toMatchObject([
      {
        needsApproval: false,
        definition: {
          name: 'device_status',
          annotations: { readOnlyHint: true, openWorldHint: false },
          inputSchema: { properties: { part: { enum: ['arm', 'leg'] } } },
          outputSchema: { required: ['temperature', 'authorization'] },
        },
      },
      { needsApproval: true, definition: { name: 'reset' } },
      { needsApproval: true, definition: { name: 'dump' } },
    ])
    const table = await cli('tools', 'tow://everything/mcp')
    expect([table.status, table.stdout]).toEqual([0, expect.stringMatching(/TOOL.*\n(.*\n)*echo .*\n/)])
  })

  it('calls a server without sessions', async () => {
    verifies('mcp.bridge.tools')
    expect(await json('call', 'tow://robot', 'device_status', '--args', '{"part":"arm"}')).toEqual({
      content: [{ type: 'text', text: 'arm: 31' }],
      structuredContent: { temperature: 31, authorization: 'none' },
      ...{ isError: false, truncated: false, sessionRestarted: false },
    })
    const failed = await cli('call', 'tow://robot', 'reset')
    expect([failed.status, failed.stdout]).toEqual([8, 'the motor is stuck\n'])
    expect(await json('call', 'tow://robot', 'nothing')).toMatchObject({ code: 'REMOTE_TOOL_UNKNOWN' })
    expect(await json('call', 'tow://robot', 'device_status', '--digest', 'x')).toMatchObject({
      code: 'REMOTE_TOOL_CHANGED',
    })
    const { content, truncated } = await json('call', 'tow://robot', 'dump', '--max-output', '1K')
    expect([truncated, content.length, JSON.stringify(content).length < 1_400]).toEqual([true, 2, true])
  })

  it('calls a server that keeps sessions', async () => {
    verifies('mcp.bridge.tools')
    const sum = await json('call', 'tow://everything', 'get-sum', '--args', '{"a":2,"b":3}')
    expect(sum.content[0].text).toContain('5')
    const image = await json('call', 'tow://everything', 'get-tiny-image')
    expect(image.content.map(({ type }: { readonly type: string }) => type)).toEqual(['text', 'image', 'text'])
    const weather = await json('call', 'tow://everything', 'get-structured-content', '--args', '{"location":"Chicago"}')
    expect(weather.structuredContent).toMatchObject({ temperature: expect.any(Number) })
    const args = '{"duration":1,"steps":5}'
    expect(await json('call', 'tow://everything', 'trigger-long-running-operation', '--args', args)).toMatchObject({
      isError: false,
    })
    const late = ['--args', '{"duration":60,"steps":2}', '--timeout', '1s']
    expect(await json('call', 'tow://everything', 'trigger-long-running-operation', ...late)).toMatchObject({
      code: 'REMOTE_MCP_SILENT',
    })
    expect(everything.output()).toContain('Transport closed for session')
  })

  it('visits a published one with the token of the project, which its service never sees', async () => {
    verifies('mcp.bridge.tools')
    const web = `http://open-robot.dev.localhost:${towline.port}/mcp`
    const { structuredContent } = await json('call', web, 'device_status', '--args', '{"part":"leg"}')
    expect(structuredContent).toEqual({ temperature: 28, authorization: 'none' })
  })

  it('says what is not there', async () => {
    expect(await json('tools', 'tow://nobody')).toMatchObject({ code: 'TUNNEL_UNKNOWN' })
    expect(await json('tools', 'tow://robot', '--path', '/elsewhere/../mcp')).toMatchObject({ code: 'TARGET_INVALID' })
  })

  describe('by an agent', () => {
    let agent: Dialogue
    const call = async (name: string, args: object) =>
      await agent.ask('tools/call', { name: `towline_remote_mcp_${name}`, arguments: args })
    const switched = async () => {
      const { structuredContent } = await call('call', { url: 'tow://everything', tool: 'toggle-simulated-logging' })
      const { content, sessionRestarted } = structuredContent
      return [/^(Started|Stopped)/.exec(content[0].text)?.[0], sessionRestarted]
    }

    beforeAll(async () => {
      // Nobody is there to be asked about a tool that is not marked as read-only.
      const rules = [{ tools: ['towline_remote_mcp_call'], target: { name: 'everything' }, decision: 'allow' }]
      writeFileSync(policyFile(towline.env), JSON.stringify({ rules }))
      agent = openDialogue(words('mcp', 'serve'), { ...towline.env, PATH: process.env['PATH'] ?? '' })
      const clientInfo = { name: 'judge', version: '1' }
      await agent.ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo })
      agent.tell('notifications/initialized')
    })
    afterAll(() => agent?.close())

    it('finds, looks and calls', async () => {
      verifies('mcp.bridge.discover', 'mcp.bridge.tools')
      const { structuredContent: found } = await call('discover', { filter: 'labels.purpose=field' })
      const [{ url }] = found.endpoints
      const { structuredContent: looked } = await call('tools', { url })
      const { digest } = looked.tools[0]
      const { structuredContent } = await call('call', {
        url,
        tool: 'device_status',
        arguments: { part: 'arm' },
        digest,
      })
      expect(structuredContent).toMatchObject({ structuredContent: { temperature: 31 }, isError: false })
    })

    it('keeps the session of a server from call to call, and says when the server lost it', async () => {
      verifies('mcp.bridge.tools')
      expect([await switched(), await switched()]).toEqual([
        ['Started', false],
        ['Stopped', false],
      ])
      await everything.stop()
      await startEverything()
      expect([await switched(), await switched()]).toEqual([
        ['Started', true],
        ['Stopped', false],
      ])
    })
  })
})
